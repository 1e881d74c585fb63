-- Touches of visitors whom nobody knows leave for R2 once no lead can claim them any more: crates/edge/src/seal.rs. What
-- the feed reads of them stays: their counts by day, and here their counted paths.

-- Objects in R2, in the order in which they were written.
CREATE TABLE segment (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,         -- its key there: touches/<month>/<SHA-256>
  rows INTEGER NOT NULL,             -- touches in it
  upto TEXT NOT NULL,                -- key of the last of them
  sealed_at INTEGER NOT NULL
) STRICT;

-- Journeys of sealed touches that are alike, as feed::paths counts them.
CREATE TABLE sealed_path (
  dimension TEXT NOT NULL,           -- engine::credit::Dimension
  steps TEXT NOT NULL,               -- JSON
  count INTEGER NOT NULL CHECK (count > 0),
  PRIMARY KEY (dimension, steps)
) STRICT, WITHOUT ROWID;

-- Holds a row only while touches are sealed: their keys, as JSON.
CREATE TABLE sealing (
  single INTEGER PRIMARY KEY CHECK (single = 1),
  keys TEXT NOT NULL
) STRICT;

-- As migrations/0012 has it; what is sealed was recorded all the same.
DROP TRIGGER touch_uncounted;
CREATE TRIGGER touch_uncounted AFTER DELETE ON touch WHEN old.source <> 'claim' AND NOT EXISTS (SELECT 1 FROM sealing)
BEGIN
  UPDATE click_day SET count = count - 1
  WHERE day = old.at / 86400000 AND partner_id = coalesce(old.partner_id, '') AND link_id = coalesce(old.link_id, '')
    AND campaign = old.campaign AND kind = old.kind AND mark = old.mark;
  DELETE FROM click_day WHERE count = 0
    AND day = old.at / 86400000 AND partner_id = coalesce(old.partner_id, '') AND link_id = coalesce(old.link_id, '')
    AND campaign = old.campaign AND kind = old.kind AND mark = old.mark;
END;
