-- Exchanges are in the order of their time and, within a millisecond, of their ids: with both in the index, the one after
-- another is found at its place. With the time alone SQLite read the whole table for the one after the oldest.
DROP INDEX exchange_by_time;
CREATE INDEX exchange_by_time ON exchange (began_ms, id);
