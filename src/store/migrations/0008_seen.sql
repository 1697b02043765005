-- How far the customer has read: a reply that was seen needs no mail.
ALTER TABLE conversations ADD COLUMN seen BIGINT NOT NULL DEFAULT 0;
