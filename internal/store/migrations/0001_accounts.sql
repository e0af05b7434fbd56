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
