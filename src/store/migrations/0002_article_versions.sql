-- Every version of an article that was ever shown, by the sha256 of its text, so that any answer can be shown again as
-- it was. Two articles may have the same text, hence the key of two columns.
CREATE TABLE article_versions (
    version TEXT NOT NULL,
    article TEXT NOT NULL,
    source TEXT NOT NULL,
    kept_at BIGINT NOT NULL,
    PRIMARY KEY (version, article)
);
