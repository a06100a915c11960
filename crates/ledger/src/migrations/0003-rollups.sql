-- Sums per hour and per day (UTC) of every combination that occurs; '' stands for none. No page of a dashboard reads
-- the table `exchange` for a sum.
CREATE TABLE rollup (
    span_ms BIGINT NOT NULL,
    start_ms BIGINT NOT NULL,
    key_id TEXT NOT NULL,
    project TEXT NOT NULL,
    account TEXT NOT NULL,
    domain TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    class TEXT NOT NULL,
    exchanges BIGINT NOT NULL,
    completed BIGINT NOT NULL,
    client_aborts BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    limited BIGINT NOT NULL,
    priced BIGINT NOT NULL,
    tool_calls BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cache_read_tokens BIGINT NOT NULL,
    cache_write_5m_tokens BIGINT NOT NULL,
    cache_write_1h_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    cost_picodollars BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    waited_ms BIGINT NOT NULL,
    first_content_ms BIGINT NOT NULL,
    first_contents BIGINT NOT NULL,
    PRIMARY KEY (span_ms, start_ms, key_id, project, account, domain, provider, model, class)
);

-- The same sums of whole conversations and sessions, which are listed by their last exchange.
CREATE TABLE summary (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    domain TEXT NOT NULL,
    first_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    exchanges BIGINT NOT NULL,
    completed BIGINT NOT NULL,
    client_aborts BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    limited BIGINT NOT NULL,
    priced BIGINT NOT NULL,
    tool_calls BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cache_read_tokens BIGINT NOT NULL,
    cache_write_5m_tokens BIGINT NOT NULL,
    cache_write_1h_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    cost_picodollars BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    waited_ms BIGINT NOT NULL,
    first_content_ms BIGINT NOT NULL,
    first_contents BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);

CREATE INDEX summary_by_time ON summary (kind, last_ms);
