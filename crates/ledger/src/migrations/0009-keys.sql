-- The client keys of all gateways on this ledger: of each what is needed to know it again, in words of the gateway.
CREATE TABLE client_key (
    id TEXT PRIMARY KEY,
    document TEXT NOT NULL
);

-- How often something was changed that gateways keep a copy of.
CREATE TABLE revision (
    name TEXT PRIMARY KEY,
    number BIGINT NOT NULL
);
