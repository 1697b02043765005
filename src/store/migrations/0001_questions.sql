-- What was asked and what was decided about it, one row per question. Writers read it to see what the articles do not
-- cover, and an auditor can tell from it which state of everything (generation, weights, calibration, rules) decided.
CREATE TABLE questions (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    text TEXT NOT NULL,
    lang TEXT NOT NULL,
    context TEXT NOT NULL,
    channel TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT,
    topic TEXT,
    confidence DOUBLE PRECISION NOT NULL,
    threshold DOUBLE PRECISION NOT NULL,
    article TEXT,
    article_version TEXT,
    nearest TEXT,
    nearest_title TEXT,
    generation TEXT NOT NULL,
    weights TEXT NOT NULL,
    calibration TEXT NOT NULL,
    rules TEXT NOT NULL,
    latency_us BIGINT NOT NULL
);

-- Reports read spans of time, page by page.
CREATE INDEX questions_by_time ON questions (at, id);
