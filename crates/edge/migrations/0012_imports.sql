-- Files that are brought in: what their rows say, what became of each, and exactly what an import wrote, so that it can be
-- taken back as a whole.

CREATE TABLE import (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('checked', 'applied', 'undone')),
  name TEXT,                         -- of the file
  preset TEXT,                       -- whose export it is
  mapping TEXT NOT NULL,             -- JSON: wire::csv::mapping::Mapping
  header TEXT NOT NULL,              -- JSON array
  recognised TEXT NOT NULL,          -- JSON
  totals TEXT NOT NULL,              -- JSON: minor units by currency
  created_by TEXT NOT NULL,          -- identifier of a key, or a person's e-mail address
  created_at INTEGER NOT NULL,
  applied_at INTEGER,
  undone_at INTEGER
) STRICT;
CREATE INDEX import_created ON import (created_at, id);

CREATE TABLE import_row (
  import_id TEXT NOT NULL REFERENCES import (id),
  line INTEGER NOT NULL,             -- of the file, on which the row begins
  cells TEXT NOT NULL,               -- JSON array
  state TEXT NOT NULL CHECK (state IN ('matched', 'new', 'duplicate', 'conflicting', 'bad')),
  reason TEXT,
  field TEXT,                        -- wire::csv::mapping::Field
  key TEXT,                          -- of the event
  PRIMARY KEY (import_id, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_row_state ON import_row (import_id, state, line);

-- The import that writes: a row exactly while its transaction runs. Triggers note what it adds, so that no door of the log
-- needs to know of files, and nothing that it adds is forgotten.
CREATE TABLE importing (
  single INTEGER PRIMARY KEY CHECK (single = 1),
  import_id TEXT NOT NULL REFERENCES import (id)
) STRICT;

CREATE TABLE import_wrote (
  import_id TEXT NOT NULL REFERENCES import (id),
  kind TEXT NOT NULL,                -- of which table
  key TEXT NOT NULL,
  PRIMARY KEY (import_id, kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_wrote_key ON import_wrote (kind, key);

CREATE TRIGGER import_wrote_touch AFTER INSERT ON touch WHEN EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT INTO import_wrote (import_id, kind, key) SELECT import_id, 'touch', new.key FROM importing;
END;
CREATE TRIGGER import_wrote_milestone AFTER INSERT ON milestone WHEN EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT INTO import_wrote (import_id, kind, key) SELECT import_id, 'milestone', new.key FROM importing;
END;
CREATE TRIGGER import_wrote_revenue AFTER INSERT ON revenue WHEN EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT OR IGNORE INTO import_wrote (import_id, kind, key) SELECT import_id, 'revenue', new.key FROM importing;
END;
CREATE TRIGGER import_wrote_customer AFTER INSERT ON customer WHEN EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT INTO import_wrote (import_id, kind, key) SELECT import_id, 'customer', new.id FROM importing;
END;
CREATE TRIGGER import_wrote_join AFTER INSERT ON customer_join WHEN EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT INTO import_wrote (import_id, kind, key)
  SELECT import_id, 'customer_join', new.customer_id || ' ' || new.into_id FROM importing;
END;

-- An import is applied once and undone once, whatever requests meet; and it is not taken from under what was recorded since.
CREATE TRIGGER import_moves_on BEFORE UPDATE OF state ON import
WHEN (old.state, new.state) NOT IN (VALUES ('checked', 'applied'), ('applied', 'undone'))
BEGIN
  SELECT RAISE(ABORT, 'import has moved on');
END;
CREATE TRIGGER import_is_built_upon BEFORE UPDATE OF state ON import
WHEN new.state = 'undone' AND EXISTS (
  SELECT 1 FROM import_wrote AS w JOIN revenue AS r ON r.refund_of = w.key
  WHERE w.import_id = new.id AND w.kind = 'revenue'
    AND NOT EXISTS (SELECT 1 FROM import_wrote AS own WHERE own.import_id = new.id AND own.kind = 'revenue' AND own.key = r.key))
BEGIN
  SELECT RAISE(ABORT, 'import is built upon');
END;

-- A touch that is taken back is no longer counted.
CREATE TRIGGER touch_uncounted AFTER DELETE ON touch WHEN old.source <> 'claim'
BEGIN
  UPDATE click_day SET count = count - 1
  WHERE day = old.at / 86400000 AND partner_id = coalesce(old.partner_id, '') AND link_id = coalesce(old.link_id, '')
    AND campaign = old.campaign AND kind = old.kind AND mark = old.mark;
  DELETE FROM click_day WHERE count = 0
    AND day = old.at / 86400000 AND partner_id = coalesce(old.partner_id, '') AND link_id = coalesce(old.link_id, '')
    AND campaign = old.campaign AND kind = old.kind AND mark = old.mark;
END;
