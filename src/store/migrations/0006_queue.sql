-- Tickets become a queue that people work together: a claim that runs out, clocks, escalation, conversations. The table is
-- made anew because the states that it allows have changed.
ALTER TABLE ticket_events RENAME TO ticket_events_before;
ALTER TABLE tickets RENAME TO tickets_before;
DROP INDEX tickets_by_promise;

CREATE TABLE tickets (
    reference TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'waiting', 'snoozed', 'resolved', 'merged')),
    team TEXT NOT NULL,
    priority BIGINT NOT NULL,
    tags TEXT NOT NULL,
    reason TEXT NOT NULL,
    topic TEXT,
    question TEXT NOT NULL,
    lang TEXT NOT NULL,
    channel TEXT NOT NULL,
    conversation TEXT REFERENCES conversations (id),
    episode BIGINT,
    customer TEXT,
    customer_name TEXT,
    contact TEXT,
    phone TEXT,
    order_number TEXT,
    urgency TEXT,
    context TEXT NOT NULL,
    nearest TEXT,
    nearest_title TEXT,
    confidence DOUBLE PRECISION NOT NULL,
    decision TEXT NOT NULL,
    idempotency_key TEXT UNIQUE,
    complex BIGINT NOT NULL,
    assignee TEXT,
    claimed_until BIGINT,
    opened_at BIGINT NOT NULL,
    promise_at BIGINT NOT NULL,
    promise_kept BIGINT,
    waiting_since BIGINT,
    first_reply_at BIGINT,
    first_due_at BIGINT,
    next_due_at BIGINT,
    resolve_due_at BIGINT,
    snoozed_until BIGINT,
    targets TEXT NOT NULL,
    escalation BIGINT NOT NULL,
    escalate_at BIGINT,
    merged_into TEXT,
    outcome TEXT,
    resolved_at BIGINT,
    resolved_by TEXT,
    note TEXT,
    CHECK ((state = 'resolved') = (resolved_at IS NOT NULL))
);

INSERT INTO tickets (
    reference, version, state, team, priority, tags, reason, topic, question, lang, channel, contact, context, nearest,
    nearest_title, confidence, decision, idempotency_key, complex, opened_at, promise_at, waiting_since, first_due_at,
    targets, escalation, resolved_at, resolved_by, note
)
SELECT reference, version, state, team, 2, '[]', reason, topic, question, lang, 'form', contact, context, nearest,
    nearest_title, confidence, decision, idempotency_key, 0, opened_at, promise_at,
    CASE WHEN state = 'open' THEN opened_at END, promise_at, '{}', 0, resolved_at, resolved_by, note
FROM tickets_before;

CREATE TABLE ticket_events (
    ticket TEXT NOT NULL REFERENCES tickets (reference),
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    who TEXT NOT NULL,
    data TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (ticket, number)
);

INSERT INTO ticket_events (ticket, number, kind, who, data, at)
SELECT ticket, number, kind, who, '{}', at
FROM ticket_events_before;

DROP TABLE ticket_events_before;
DROP TABLE tickets_before;

-- The queue is read by state in the order of its promises.
CREATE INDEX tickets_by_promise ON tickets (state, promise_at, opened_at, reference);
CREATE INDEX tickets_by_assignee ON tickets (assignee, state);
CREATE INDEX tickets_by_conversation ON tickets (conversation);
CREATE INDEX tickets_by_customer ON tickets (customer, opened_at);
-- What happens by itself when its time has come.
CREATE INDEX tickets_by_claim ON tickets (claimed_until);
CREATE INDEX tickets_by_snooze ON tickets (snoozed_until);
CREATE INDEX tickets_by_escalation ON tickets (escalate_at);
-- How long replies took of late, for the next promise.
CREATE INDEX tickets_by_first_reply ON tickets (first_reply_at);
