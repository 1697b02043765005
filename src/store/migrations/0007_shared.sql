-- What several servers must agree on: rules and calibration by their hash, with one of each kind current; and votes.
CREATE TABLE documents (
    kind TEXT NOT NULL,
    hash TEXT NOT NULL,
    text TEXT NOT NULL,
    kept_at BIGINT NOT NULL,
    kept_by TEXT NOT NULL,
    PRIMARY KEY (kind, hash)
);

CREATE TABLE current_documents (
    kind TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    since BIGINT NOT NULL
);

CREATE TABLE votes (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    article TEXT NOT NULL,
    article_version TEXT NOT NULL,
    helped BIGINT NOT NULL,
    reason TEXT,
    lang TEXT NOT NULL,
    voter TEXT NOT NULL,
    decision TEXT,
    UNIQUE (article, article_version, voter)
);

CREATE INDEX votes_by_time ON votes (at, id);
