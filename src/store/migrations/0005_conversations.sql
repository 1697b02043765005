-- Chats. A conversation belongs to whoever holds its secret (kept as a hash); an episode is the span from a question to
-- its end, and holds what the bot must remember in it; a turn is one message.
CREATE TABLE conversations (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    secret TEXT NOT NULL,
    customer TEXT,
    name TEXT,
    email TEXT,
    lang TEXT NOT NULL,
    channel TEXT NOT NULL,
    context TEXT NOT NULL,
    claims TEXT,
    with_people BIGINT NOT NULL,
    ticket TEXT,
    turns BIGINT NOT NULL,
    episodes BIGINT NOT NULL,
    answer_due_at BIGINT,
    shows_typing BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE INDEX conversations_by_customer ON conversations (customer, changed_at);
CREATE INDEX conversations_by_answer_due ON conversations (answer_due_at);
CREATE INDEX conversations_by_change ON conversations (changed_at, id);

CREATE TABLE episodes (
    conversation TEXT NOT NULL REFERENCES conversations (id),
    number BIGINT NOT NULL,
    state TEXT NOT NULL,
    misses BIGINT NOT NULL,
    shown TEXT NOT NULL,
    ticket TEXT,
    first_turn BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_by TEXT,
    end_reason TEXT,
    reopens BIGINT,
    rating BIGINT,
    rating_note TEXT,
    rated_at BIGINT,
    PRIMARY KEY (conversation, number)
);

-- Whose silence is to be written down as silence.
CREATE INDEX episodes_by_state ON episodes (state, ended_at);

CREATE TABLE turns (
    conversation TEXT NOT NULL REFERENCES conversations (id),
    number BIGINT NOT NULL,
    episode BIGINT NOT NULL,
    kind TEXT NOT NULL,
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    data TEXT NOT NULL,
    idempotency_key TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (conversation, number),
    UNIQUE (conversation, idempotency_key)
);

-- What is new, numbered without gaps within each stream (a conversation, a team). The row in `streams` is what a writer
-- locks, so that numbers become visible in their order.
CREATE TABLE streams (
    stream TEXT NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL
);

CREATE TABLE outbox (
    stream TEXT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (stream, number)
);

CREATE INDEX outbox_by_time ON outbox (at);

-- Mails and commands that have to go out; a row is claimed, tried, and tried again later if it failed. `dedupe_key` makes
-- two requests for the same message one.
CREATE TABLE outgoing (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    data TEXT NOT NULL,
    dedupe_key TEXT UNIQUE,
    created_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    claimed_until BIGINT,
    sent_at BIGINT,
    given_up_at BIGINT,
    failure TEXT
);

CREATE INDEX outgoing_by_turn ON outgoing (sent_at, given_up_at, next_at);
