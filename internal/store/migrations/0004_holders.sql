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
