CREATE TABLE schema_version (version BIGINT NOT NULL);
-- Times are microseconds since 1970, in UTC; 0 is "never". Truth is 1 or 0.
-- Lists and maps that nothing is looked up by are JSON.

-- What the server remembers of itself.
CREATE TABLE server (
    name  TEXT PRIMARY KEY, -- "key": fingerprint of the database's key
    value TEXT NOT NULL
);

-- The audit log: see internal/audit. Rows are never changed or removed.
CREATE TABLE audit_entries (
    number       BIGINT PRIMARY KEY CHECK (number > 0),
    made_at      BIGINT NOT NULL,
    actor        TEXT NOT NULL,
    organisation TEXT NOT NULL,
    action       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    detail       TEXT NOT NULL, -- JSON object of texts
    previous     BYTEA NOT NULL,
    hash         BYTEA NOT NULL
);
CREATE INDEX audit_entries_actor ON audit_entries (actor, number);
CREATE INDEX audit_entries_subject ON audit_entries (subject, number);

-- The head of the log, in one row. Every change locks it first, which puts
-- changes into one order over all instances of the server.
CREATE TABLE audit_head (
    id     BIGINT PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL,
    hash   BYTEA NOT NULL
);

CREATE TABLE audit_checkpoints (
    size    BIGINT PRIMARY KEY,
    head    BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    note    BYTEA NOT NULL -- the signed text
);

CREATE TABLE organisations (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    operator BIGINT NOT NULL,
    disabled BIGINT NOT NULL,
    created  BIGINT NOT NULL,
    version  BIGINT NOT NULL
);
-- Exactly one runs the server.
CREATE UNIQUE INDEX organisations_operator ON organisations (operator) WHERE operator = 1;

CREATE TABLE users (
    id             TEXT PRIMARY KEY,
    organisation   TEXT NOT NULL REFERENCES organisations (id),
    name           TEXT NOT NULL,
    email          TEXT NOT NULL UNIQUE,
    roles          TEXT NOT NULL, -- JSON list
    language       TEXT NOT NULL,
    disabled       BIGINT NOT NULL,
    created        BIGINT NOT NULL,
    signed_in      BIGINT NOT NULL,
    version        BIGINT NOT NULL,
    password       TEXT NOT NULL, -- argon2id
    totp           BYTEA,         -- sealed
    totp_step      BIGINT NOT NULL,
    passkeys       TEXT NOT NULL, -- JSON list
    recovery_codes TEXT NOT NULL, -- JSON list of hashes
    oidc           TEXT NOT NULL
);
CREATE INDEX users_organisation ON users (organisation);
CREATE UNIQUE INDEX users_oidc ON users (oidc) WHERE oidc <> '';

CREATE TABLE sessions (
    id      TEXT PRIMARY KEY,
    token   BYTEA NOT NULL UNIQUE, -- SHA-256
    person  TEXT NOT NULL REFERENCES users (id),
    strong  BIGINT NOT NULL,
    browser TEXT NOT NULL,
    begun   BIGINT NOT NULL,
    seen    BIGINT NOT NULL,
    ends    BIGINT NOT NULL
);
CREATE INDEX sessions_person ON sessions (person);
CREATE INDEX sessions_ends ON sessions (ends);

CREATE TABLE invitations (
    id           TEXT PRIMARY KEY,
    token        BYTEA NOT NULL UNIQUE, -- SHA-256
    organisation TEXT REFERENCES organisations (id),
    roles        TEXT NOT NULL, -- JSON list
    invited_by   TEXT NOT NULL,
    person       TEXT REFERENCES users (id),
    created      BIGINT NOT NULL,
    ends         BIGINT NOT NULL,
    used         BIGINT NOT NULL
);
CREATE INDEX invitations_ends ON invitations (ends);

INSERT INTO schema_version VALUES (1);
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

INSERT INTO schema_version VALUES (2);
-- Data sets and their way to a release: see internal/publication. The columns are
-- what things are looked up by; the document has all, the version excepted.
CREATE TABLE publication_datasets (
    id           TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    dataset      TEXT NOT NULL,
    parent       TEXT NOT NULL,
    state        TEXT NOT NULL,
    instance     TEXT NOT NULL,
    token        TEXT NOT NULL,
    due          BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    generation   BIGINT NOT NULL, -- of what is public, when it was last changed
    created      BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    document     TEXT NOT NULL -- JSON
);

CREATE TABLE publication_uploads (
    id           TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    dataset      TEXT NOT NULL REFERENCES publication_datasets (id),
    parent       TEXT NOT NULL,
    state        TEXT NOT NULL,
    instance     TEXT NOT NULL,
    token        TEXT NOT NULL,
    due          BIGINT NOT NULL, -- when it is erased at the latest
    number       BIGINT NOT NULL,
    generation   BIGINT NOT NULL,
    created      BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    document     TEXT NOT NULL
);
CREATE UNIQUE INDEX publication_uploads_token ON publication_uploads (dataset, token) WHERE token <> '';

CREATE TABLE publication_drafts (
    id           TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    dataset      TEXT NOT NULL REFERENCES publication_datasets (id),
    parent       TEXT NOT NULL,
    state        TEXT NOT NULL,
    instance     TEXT NOT NULL,
    token        TEXT NOT NULL,
    due          BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    generation   BIGINT NOT NULL,
    created      BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    document     TEXT NOT NULL
);
CREATE INDEX publication_drafts_dataset ON publication_drafts (dataset);

CREATE TABLE publication_runs (
    id           TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    dataset      TEXT NOT NULL REFERENCES publication_datasets (id),
    parent       TEXT NOT NULL,
    state        TEXT NOT NULL,
    instance     TEXT NOT NULL,
    token        TEXT NOT NULL,
    due          BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    generation   BIGINT NOT NULL,
    created      BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    document     TEXT NOT NULL
);
CREATE INDEX publication_runs_dataset ON publication_runs (dataset);

CREATE TABLE publication_releases (
    id           TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    dataset      TEXT NOT NULL REFERENCES publication_datasets (id),
    parent       TEXT NOT NULL,
    state        TEXT NOT NULL,
    instance     TEXT NOT NULL,
    token        TEXT NOT NULL,
    due          BIGINT NOT NULL,
    number       BIGINT NOT NULL, -- 0 before it is published
    generation   BIGINT NOT NULL,
    created      BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    document     TEXT NOT NULL
);
CREATE INDEX publication_releases_dataset ON publication_releases (dataset);
CREATE UNIQUE INDEX publication_releases_number ON publication_releases (dataset, number) WHERE number > 0;

-- Files by their content. A blob appears when its last part is there.
CREATE TABLE blobs (
    hash    TEXT PRIMARY KEY, -- SHA-256 in hexadecimal
    size    BIGINT NOT NULL,
    parts   TEXT NOT NULL UNIQUE,
    touched BIGINT NOT NULL -- when somebody last put it
);

CREATE TABLE blob_parts (
    parts   TEXT NOT NULL,
    number  BIGINT NOT NULL, -- 0, 1, 2, ...
    made_at BIGINT NOT NULL,
    content BYTEA NOT NULL, -- of one length, but for the last
    PRIMARY KEY (parts, number)
);

-- The queue of long work: see internal/job.
CREATE TABLE jobs (
    id           TEXT PRIMARY KEY,
    number       BIGINT NOT NULL UNIQUE, -- order of the queue
    kind         TEXT NOT NULL,
    organisation TEXT NOT NULL,
    asked_by     TEXT NOT NULL,
    subject      TEXT NOT NULL,
    instance     TEXT NOT NULL,
    exclusive    TEXT NOT NULL,
    state        TEXT NOT NULL,
    stage        TEXT NOT NULL,
    done         BIGINT NOT NULL,
    total        BIGINT NOT NULL,
    tries        BIGINT NOT NULL,
    stop         BIGINT NOT NULL,
    created      BIGINT NOT NULL,
    begun        BIGINT NOT NULL,
    beat         BIGINT NOT NULL,
    ended        BIGINT NOT NULL,
    peak         BIGINT NOT NULL,
    version      BIGINT NOT NULL
);
CREATE INDEX jobs_state ON jobs (state, instance, number);

INSERT INTO schema_version VALUES (3);
-- Who holds what, where several instances work side by side: see internal/job.
CREATE TABLE holders (
    name     TEXT PRIMARY KEY, -- made anew whenever a server starts
    instance TEXT NOT NULL,    -- the folder that it works on; several holders may share one
    beat     BIGINT NOT NULL   -- its last sign of life, by the clock of the database
);

ALTER TABLE jobs ADD COLUMN holder TEXT NOT NULL DEFAULT ''; -- who does it, while it runs

-- Uploads whose files are being written and that have no row yet.
CREATE TABLE publication_writing (
    id     TEXT PRIMARY KEY, -- of the upload
    holder TEXT NOT NULL REFERENCES holders (name) ON DELETE CASCADE
);

INSERT INTO schema_version VALUES (4);
INSERT INTO server (name, value) VALUES ('key', '7dfb82f9b11df6afa75f3b8b59fa22af92d2f1043e7bf0a3b18e8b9c1a1b463f');
INSERT INTO audit_entries (number, made_at, actor, organisation, action, subject, detail, previous, hash) VALUES (1, 1795341600123456, 'tester', '', 'organisation.add', '', '{"why":"a test"}', '\x0000000000000000000000000000000000000000000000000000000000000000', '\x4c1223622c45fcf878ca0dfe50bb7f598996b2886ad0f00a13452fed67aa9ca4');
INSERT INTO audit_entries (number, made_at, actor, organisation, action, subject, detail, previous, hash) VALUES (2, 1795341600123456, 'tester', '', 'user.add', '', '{"why":"a test"}', '\x4c1223622c45fcf878ca0dfe50bb7f598996b2886ad0f00a13452fed67aa9ca4', '\x8642643d6b6cffa0aa963f543d364b302aa4e4fe1dc7100e0454550520d25052');
INSERT INTO audit_entries (number, made_at, actor, organisation, action, subject, detail, previous, hash) VALUES (3, 1795341600123456, 'tester', '', 'invitation.add', '', '{"why":"a test"}', '\x8642643d6b6cffa0aa963f543d364b302aa4e4fe1dc7100e0454550520d25052', '\xeab8d2e492fea5a5347ad726040b1cd8980d815f27651132191c7b4b161969ac');
INSERT INTO audit_entries (number, made_at, actor, organisation, action, subject, detail, previous, hash) VALUES (4, 1795341600123456, 'tester', '', 'session.begin', '', '{"why":"a test"}', '\xeab8d2e492fea5a5347ad726040b1cd8980d815f27651132191c7b4b161969ac', '\xf613ffdb9a83dc969610fc975bd6006d7ba9ada30a6f69d85070648357f0fd25');
INSERT INTO audit_entries (number, made_at, actor, organisation, action, subject, detail, previous, hash) VALUES (5, 1795341600123456, 'tester', '', 'tool.import', '', '{"why":"a test"}', '\xf613ffdb9a83dc969610fc975bd6006d7ba9ada30a6f69d85070648357f0fd25', '\x397e7ed4509aa887821c1af46835cd426b64e2f9212cf0f0efbd8341353f377c');
INSERT INTO audit_entries (number, made_at, actor, organisation, action, subject, detail, previous, hash) VALUES (6, 1795341600123456, 'tester', '', 'suggestion.add', '', '{"why":"a test"}', '\x397e7ed4509aa887821c1af46835cd426b64e2f9212cf0f0efbd8341353f377c', '\x0159d7f4625c60d0ad75791bcfba48d4146af4afe1cc15ef21d835b390736c23');
INSERT INTO audit_head (id, number, hash) VALUES (1, 6, '\x0159d7f4625c60d0ad75791bcfba48d4146af4afe1cc15ef21d835b390736c23');
INSERT INTO audit_checkpoints (size, head, made_at, note) VALUES (4, '\xf613ffdb9a83dc969610fc975bd6006d7ba9ada30a6f69d85070648357f0fd25', 1795341600000000, '\x636f76657920617564697420636865636b706f696e742076310a340a3968502f32357144334a615745507958573959416258757072614d4b62326e595548426b673166772f53553d0a323032362d31312d32325431303a30303a30305a0a0ae2809420636f7665792d61756469742052437067385569396341762f61504f3974567a5469555474397841397637586f644651535a50645656704c6f66557252667578705739696f7376694b56446973346b68464e49542b56696f38396e6d416b73546851412b514b41513d0a');
INSERT INTO organisations (id, name, operator, disabled, created, version) VALUES ('o1', 'Haven', 1, 0, 1795341600123456, 1);
INSERT INTO users (id, organisation, name, email, roles, language, disabled, created, signed_in, version, password, totp, totp_step, passkeys, recovery_codes, oidc) VALUES ('u1', 'o1', 'Zoë ﷺ', 'one@example.org', '["curator","reader"]', 'ar', 0, 1795341600123456, 1795345200123456, 1, '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', '\x0001ff', 59000000, '[{"Name":"phone","Added":"2026-11-22T10:00:00.123456Z","Used":"0001-01-01T00:00:00Z","Credential":"eyJpZCI6IngifQ=="}]', '["AQI=","Aw=="]', 'issuer u1');
INSERT INTO invitations (id, token, organisation, roles, invited_by, person, created, ends, used) VALUES ('i1', '\x0100000000000000000000000000000000000000000000000000000000000000', 'o1', '["reader"]', 'u1', NULL, 1795341600123456, 1795345200123456, 0);
INSERT INTO tools (id, version, generation, withdrawn, merged_into, created, updated, document) VALUES ('b', 1, 1, 0, 'c', 1795341600123456, 1795341600123456, '{}');
INSERT INTO tools (id, version, generation, withdrawn, merged_into, created, updated, document) VALUES ('c', 1, 1, 0, NULL, 1795341600123456, 1795341600123456, '{"name":"Safe \"Passage\" — آمن","otherNames":["SP"],"organisations":["Haven","Née \u003cb\u003e"],"url":"https://example.org/?a=1\u0026b=2","description":"Finds\nshelter.","terms":{"type":["app","web"],"used":["KE"]},"notes":{"cost":"free to NGOs"},"sources":{"":"a study","url":"its site"},"checked":"2026-11-22T10:00:00.123456Z","checkedBy":"u1"}');
INSERT INTO tool_changes (tool, version, place, field, old_value, new_value, source, changed_by, changed_at) VALUES ('c', 1, 1, 'name', 'a', 'b;c', 's', 'u1', 1795341600123456);
INSERT INTO suggestions (id, state, sent, version, document) VALUES ('g1', 'open', 1795341600123456, 1, '{"kind":"new","proposed":{"id":"p","created":"2026-11-22T10:00:00.123456Z","updated":"2026-11-22T10:00:00.123456Z","fields":{"name":"Safe \"Passage\" — آمن","otherNames":["SP"],"organisations":["Haven","Née \u003cb\u003e"],"url":"https://example.org/?a=1\u0026b=2","description":"Finds\nshelter.","terms":{"type":["app","web"],"used":["KE"]},"notes":{"cost":"free to NGOs"},"sources":{"":"a study","url":"its site"},"checked":"2026-11-22T10:00:00.123456Z","checkedBy":"u1"}}}');
INSERT INTO link_checks (tool, url, checked_at, works, detail) VALUES ('c', 'https://example.org', 1795341600123456, 1, '200');
INSERT INTO sessions (id, token, person, strong, browser, begun, seen, ends) VALUES ('s1', '\x0200000000000000000000000000000000000000000000000000000000000000', 'u1', 1, 'Firefox on Linux', 1795341600123456, 1795341600123456, 1795341600123456);
