-- How exchanges hang together: what is looked for (hashes), what was found (kind and parent), and what follows from it
-- (conversation and branch).
CREATE TABLE link (
    id TEXT NOT NULL PRIMARY KEY,
    scope TEXT NOT NULL,
    began_ms BIGINT NOT NULL,
    own {bytes} NOT NULL,
    parent_hash {bytes},
    grandparent_hash {bytes},
    system_hash {bytes} NOT NULL,
    messages BIGINT NOT NULL,
    kind TEXT,
    parent TEXT,
    conversation TEXT NOT NULL,
    branch TEXT NOT NULL
);

CREATE INDEX link_own ON link (own, began_ms);
CREATE INDEX link_parent_hash ON link (parent_hash) WHERE parent_hash IS NOT NULL;
CREATE INDEX link_grandparent_hash ON link (grandparent_hash) WHERE grandparent_hash IS NOT NULL;
CREATE INDEX link_conversation ON link (conversation, began_ms);

-- Prompts of sub-agents and beginnings of summaries, offered by replies and sought by requests.
CREATE TABLE anchor (
    hash {bytes} NOT NULL,
    kind TEXT NOT NULL,
    scope TEXT NOT NULL,
    began_ms BIGINT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (hash, kind, scope, began_ms, id)
);

CREATE INDEX anchor_of ON anchor (id);
