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
