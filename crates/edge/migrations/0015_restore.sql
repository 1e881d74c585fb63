-- An export on its way back into an empty instance: kept aside until its last line has come, and then written at once.

CREATE TABLE restore (
  single INTEGER PRIMARY KEY CHECK (single = 1), -- one at a time
  header TEXT NOT NULL,              -- the export's first line
  rows INTEGER NOT NULL,             -- how many have come
  digest TEXT NOT NULL               -- of all lines that have come: export::archive
) STRICT;

CREATE TABLE restore_part (
  first INTEGER NOT NULL,            -- number of the first row that came with it
  name TEXT NOT NULL,                -- the table
  rows TEXT NOT NULL,                -- JSON: arrays of values, in the order of the header's columns
  PRIMARY KEY (first, name)          -- of two requests that go on from the same row, one is written
) STRICT;
