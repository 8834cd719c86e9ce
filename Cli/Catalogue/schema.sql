-- The database of `vgg index`, version 1; docs/database.md describes it.

-- The network that answered: one row.
CREATE TABLE network (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    oriented INTEGER NOT NULL,
    logits BLOB NOT NULL
);

CREATE TABLE classes (
    id INTEGER PRIMARY KEY,
    wnid TEXT,
    name TEXT NOT NULL
);

-- A picture by its content: copies of a file share it.
CREATE TABLE pictures (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL
);

-- A file shows a picture, or has the reason why it shows none.
CREATE TABLE files (
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    picture INTEGER REFERENCES pictures (id),
    error TEXT,
    CHECK ((picture IS NULL) <> (error IS NULL))
) WITHOUT ROWID;

CREATE INDEX files_by_picture ON files (picture);

CREATE TABLE predictions (
    picture INTEGER NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    class INTEGER NOT NULL REFERENCES classes (id),
    probability REAL NOT NULL,
    PRIMARY KEY (picture, rank)
) WITHOUT ROWID;

CREATE TABLE regions (
    id INTEGER PRIMARY KEY,
    picture INTEGER NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,
    class INTEGER NOT NULL REFERENCES classes (id),
    confidence REAL NOT NULL,
    share REAL NOT NULL,
    x INTEGER NOT NULL,
    y INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    mean_x REAL NOT NULL,
    mean_y REAL NOT NULL,
    vertical INTEGER NOT NULL CHECK (vertical BETWEEN 0 AND 2),
    horizontal INTEGER NOT NULL CHECK (horizontal BETWEEN 0 AND 2)
);

-- Holds all that a query asks of a region, so that the table is not read.
CREATE INDEX regions_by_class ON regions (class, picture, vertical, horizontal, share, confidence);

CREATE INDEX regions_by_picture ON regions (picture);
