-- Requests and replies, compressed, until their time is over. Apart from `exchange`, whose rows stay short.
CREATE TABLE body (
    id TEXT NOT NULL PRIMARY KEY,
    until_ms BIGINT NOT NULL,
    request {bytes},
    reply {bytes}
);

CREATE INDEX body_until ON body (until_ms);

-- Who does what only one of several programs should do, and until when.
CREATE TABLE lease (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until_ms BIGINT NOT NULL
);
