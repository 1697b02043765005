-- Questions that were handed over to people. A ticket holds all that is known about its question, so that nothing has to
-- be asked twice; `version` guards every change of state against two people acting at once.
CREATE TABLE tickets (
    reference TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'resolved')),
    team TEXT NOT NULL,
    reason TEXT NOT NULL,
    topic TEXT,
    question TEXT NOT NULL,
    lang TEXT NOT NULL,
    contact TEXT,
    context TEXT NOT NULL,
    nearest TEXT,
    nearest_title TEXT,
    confidence DOUBLE PRECISION NOT NULL,
    decision TEXT NOT NULL,
    idempotency_key TEXT UNIQUE,
    opened_at BIGINT NOT NULL,
    promise_at BIGINT NOT NULL,
    resolved_at BIGINT,
    resolved_by TEXT,
    note TEXT,
    CHECK ((state = 'resolved') = (resolved_at IS NOT NULL))
);

-- The queue is read by state in the order of its promises.
CREATE INDEX tickets_by_promise ON tickets (state, promise_at, reference);

-- Who did what with a ticket and when; written in the same transaction as the change itself.
CREATE TABLE ticket_events (
    ticket TEXT NOT NULL REFERENCES tickets (reference),
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    who TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (ticket, number)
);
