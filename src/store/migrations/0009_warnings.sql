-- Staff are warned before a promise is missed. When, is counted in business hours, which are not known here: tickets from
-- before have no such time, and nobody is warned of them.
ALTER TABLE tickets ADD COLUMN warn_at BIGINT;

-- Looked at every second; only tickets in which a reply can be due.
CREATE INDEX tickets_by_warning ON tickets (warn_at) WHERE state IN ('open', 'snoozed');

-- A ticket that was resolved without a reply had counted as a promise that was kept.
UPDATE tickets SET promise_kept = NULL
WHERE promise_kept = 1
    AND first_reply_at IS NULL
    AND state = 'resolved';
