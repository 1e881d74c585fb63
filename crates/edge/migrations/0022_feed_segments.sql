-- Which segments of whose feed are in R2, so that none is put there twice, and none for ever.
CREATE TABLE feed_segment (
  reader TEXT NOT NULL,              -- 'program' or a partner's identifier
  name TEXT NOT NULL,                -- SHA-256 in base64url
  named_at INTEGER NOT NULL,         -- when an answer last named it, to within a day
  PRIMARY KEY (reader, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX feed_segment_named ON feed_segment (named_at);
