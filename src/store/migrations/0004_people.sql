-- People who work at the desk, how they sign in, and what they did. Secrets (sessions, links, tokens) are kept as hashes
-- only: a copy of the database lets nobody in.
CREATE TABLE people (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    picture TEXT,
    role TEXT NOT NULL,
    password TEXT,
    disabled BIGINT NOT NULL,
    teams TEXT NOT NULL,
    skills TEXT NOT NULL,
    level BIGINT NOT NULL,
    capacity BIGINT NOT NULL,
    availability TEXT NOT NULL,
    available_again_at BIGINT,
    created_at BIGINT NOT NULL
);

-- Pictures by the sha256 of their bytes; the bytes are base64, which both engines keep alike.
CREATE TABLE pictures (
    hash TEXT NOT NULL PRIMARY KEY,
    media_type TEXT NOT NULL,
    base64 TEXT NOT NULL
);

CREATE TABLE sessions (
    hash TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id),
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX sessions_by_person ON sessions (person);

-- Links that let a person in once: the first sign-in, a forgotten password.
CREATE TABLE sign_in_links (
    hash TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id),
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE api_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);

-- When somebody is on duty, and whether they are the one who is called when it is urgent out of hours.
CREATE TABLE duties (
    id TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id),
    team TEXT,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    on_call BIGINT NOT NULL
);

CREATE INDEX duties_by_end ON duties (ends_at, id);

-- Who did what; only ever added to.
CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);

CREATE INDEX audit_by_time ON audit (at, id);
