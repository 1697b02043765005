-- A duty is two moments; people plan it by the clock of a place. With the place it is shown by the same clock later, though
-- the desk has moved to another zone. Where one of before was planned nobody wrote down: it is shown by the desk's clock.
ALTER TABLE duties ADD COLUMN time_zone TEXT;
