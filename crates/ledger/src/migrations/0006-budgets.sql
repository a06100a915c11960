-- What was spent and is reserved, per account (a key, a pattern of models), unit and span of time.
CREATE TABLE budget (
    account TEXT NOT NULL,
    unit TEXT NOT NULL,
    span TEXT NOT NULL,
    start_ms BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    PRIMARY KEY (account, unit, span, start_ms)
);

-- What requests under way may take. A row goes when its exchange is written.
CREATE TABLE hold (
    exchange TEXT NOT NULL,
    account TEXT NOT NULL,
    unit TEXT NOT NULL,
    span TEXT NOT NULL,
    start_ms BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (exchange, account, unit, span)
);
