-- Whether somebody has ever come in: their sessions and used links go after a while, and the audit log too. What is still
-- there of those tells it for people of before.
ALTER TABLE people ADD COLUMN signed_in_at BIGINT;

UPDATE people
SET signed_in_at = COALESCE(
    (SELECT MAX(sessions.seen_at) FROM sessions WHERE sessions.person = people.id),
    (SELECT MAX(audit.at) FROM audit WHERE audit.subject = people.id AND audit.action = 'session.begun'),
    (SELECT MAX(sign_in_links.used_at) FROM sign_in_links WHERE sign_in_links.person = people.id)
);

-- When a browser last had the inbox open: several servers share one answer to who is there. Written once a minute at most.
ALTER TABLE sessions ADD COLUMN inbox_at BIGINT;
