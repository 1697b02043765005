-- The other conversations of whoever left the same address.
CREATE INDEX tickets_by_contact ON tickets (contact, opened_at);
-- The numbers of a span of time.
CREATE INDEX tickets_by_opening ON tickets (opened_at);
