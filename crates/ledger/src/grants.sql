-- For a ledger in PostgreSQL: as its owner, after a gateway of that owner has made the tables.
-- `ironbridge_gateway` writes and reads what a gateway needs; `ironbridge_reader` reads, but never what was said.
CREATE ROLE ironbridge_gateway LOGIN;
CREATE ROLE ironbridge_reader LOGIN;
GRANT SELECT, INSERT, UPDATE, DELETE ON exchange, link, anchor, rollup, summary, body, lease, budget, hold, gateway, client_key, revision TO ironbridge_gateway;
GRANT SELECT ON migration TO ironbridge_gateway;
GRANT SELECT ON exchange, link, anchor, rollup, summary, budget, hold, migration TO ironbridge_reader;
