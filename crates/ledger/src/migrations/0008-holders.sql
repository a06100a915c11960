-- Whose a reservation is. Those of before are nobody's, and are given back like those of a gateway that was killed.
ALTER TABLE hold ADD COLUMN owner TEXT NOT NULL DEFAULT '';
CREATE INDEX hold_by_owner ON hold (owner);

-- Gateways that have reservations: each counts its beats, and one whose count stands still is gone.
CREATE TABLE gateway (
    id TEXT PRIMARY KEY,
    beat BIGINT NOT NULL
);
