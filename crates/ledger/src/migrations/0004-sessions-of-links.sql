-- Of two exchanges that a third may continue as well, the one of the same session of the client is taken.
ALTER TABLE link ADD COLUMN session_hash {bytes};

CREATE INDEX link_own_session ON link (own, session_hash, began_ms) WHERE session_hash IS NOT NULL;
