-- One row per exchange. Lists (attempts, changes, tool_calls) are JSON, NULL when empty; booleans are 0 and 1.
CREATE TABLE exchange (
    id TEXT NOT NULL PRIMARY KEY,
    began_ms BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    first_content_ms BIGINT,
    waited_ms BIGINT NOT NULL,
    status BIGINT NOT NULL,
    cause TEXT NOT NULL,
    error TEXT,
    dialect TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    stream BIGINT NOT NULL,
    class TEXT,
    key_id TEXT,
    key_name TEXT,
    project TEXT,
    account TEXT,
    domain TEXT NOT NULL,
    session TEXT,
    agent TEXT,
    model TEXT NOT NULL,
    provider TEXT,
    target_model TEXT,
    target_dialect TEXT,
    reply_model TEXT,
    initiator TEXT,
    initiator_reason TEXT,
    limited_by TEXT,
    attempts TEXT,
    changes TEXT,
    tool_calls TEXT,
    finish TEXT,
    input_tokens BIGINT,
    output_tokens BIGINT,
    cache_read_tokens BIGINT,
    cache_write_5m_tokens BIGINT,
    cache_write_1h_tokens BIGINT,
    reasoning_tokens BIGINT,
    cost_picodollars BIGINT,
    price_version TEXT,
    client_request_id TEXT,
    upstream_request_id TEXT,
    reply_id TEXT,
    client_retries BIGINT,
    request_bytes BIGINT NOT NULL,
    reply_bytes BIGINT NOT NULL
);

-- An index for each way in which exchanges are listed, newest first; a column that nobody fills costs nothing.
CREATE INDEX exchange_by_time ON exchange (began_ms);
CREATE INDEX exchange_failed ON exchange (began_ms) WHERE cause <> 'completed';
CREATE INDEX exchange_by_model ON exchange (model, began_ms);
CREATE INDEX exchange_by_domain ON exchange (domain, began_ms);
CREATE INDEX exchange_by_key ON exchange (key_id, began_ms) WHERE key_id IS NOT NULL;
CREATE INDEX exchange_by_session ON exchange (session, began_ms) WHERE session IS NOT NULL;
CREATE INDEX exchange_by_project ON exchange (project, began_ms) WHERE project IS NOT NULL;
CREATE INDEX exchange_by_account ON exchange (account, began_ms) WHERE account IS NOT NULL;
