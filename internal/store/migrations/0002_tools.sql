-- The map of tools: see internal/directory. Entries are never removed.
CREATE TABLE tools (
    id          TEXT PRIMARY KEY,
    version     BIGINT NOT NULL,
    generation  BIGINT NOT NULL, -- of the map, when the entry was last changed
    withdrawn   BIGINT NOT NULL,
    merged_into TEXT REFERENCES tools (id) DEFERRABLE INITIALLY DEFERRED,
    created     BIGINT NOT NULL,
    updated     BIGINT NOT NULL,
    document    TEXT NOT NULL -- JSON: all the rest
);
CREATE INDEX tools_generation ON tools (generation);

-- One field of one entry, changed.
CREATE TABLE tool_changes (
    tool       TEXT NOT NULL REFERENCES tools (id),
    version    BIGINT NOT NULL, -- of the entry, that the change made
    place      BIGINT NOT NULL, -- among the changes of that version
    field      TEXT NOT NULL,
    old_value  TEXT NOT NULL,
    new_value  TEXT NOT NULL,
    source     TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (tool, version, place)
);

CREATE TABLE suggestions (
    id       TEXT PRIMARY KEY,
    state    TEXT NOT NULL,
    sent     BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    document TEXT NOT NULL -- JSON: all the rest
);
CREATE INDEX suggestions_state ON suggestions (state, sent, id);

-- What the link checker saw last.
CREATE TABLE link_checks (
    tool       TEXT PRIMARY KEY REFERENCES tools (id),
    url        TEXT NOT NULL,
    checked_at BIGINT NOT NULL,
    works      BIGINT NOT NULL,
    detail     TEXT NOT NULL
);
