-- What the watch over the source leans on, so that a restart forgets none of it.

-- How often what a backend reads by was found on pages, over all runs; see drift/rate.rs.
CREATE TABLE selector (
    fetcher     TEXT NOT NULL,
    selector    TEXT NOT NULL,
    -- Empty where a selector feeds no field.
    field       TEXT NOT NULL,
    pages       INTEGER NOT NULL,
    hits        INTEGER NOT NULL,
    missed      INTEGER NOT NULL,
    last_hit_at INTEGER,
    lost        INTEGER NOT NULL,
    PRIMARY KEY (fetcher, selector, field)
) STRICT, WITHOUT ROWID;

-- The longest time between two good looks in a span, in milliseconds; nothing in spans of before.
ALTER TABLE coverage ADD COLUMN pause INTEGER;
ALTER TABLE look ADD COLUMN span_pause INTEGER;

PRAGMA user_version = 2;
