-- What a link may be told, how links are filed, and which keys may stand side by side.
-- A key of a host beside the main one is written with it: go.example.com/ada.

CREATE TABLE folder (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  description TEXT,
  access_level TEXT CHECK (access_level IN ('write', 'read')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tag (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  color TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

ALTER TABLE link ADD COLUMN state TEXT NOT NULL DEFAULT '{"state":"live"}'; -- JSON of engine::link::State
ALTER TABLE link ADD COLUMN rules TEXT NOT NULL DEFAULT '{}';  -- JSON of engine::link::Rules
ALTER TABLE link ADD COLUMN templates INTEGER NOT NULL DEFAULT 1; -- 0: keeps out of the templates of campaign parameters
ALTER TABLE link ADD COLUMN description TEXT;
ALTER TABLE link ADD COLUMN image TEXT;
ALTER TABLE link ADD COLUMN proxy INTEGER NOT NULL DEFAULT 1;  -- 0: programs preview what they find where it leads
ALTER TABLE link ADD COLUMN do_index INTEGER NOT NULL DEFAULT 0; -- 1: search engines may list its address
ALTER TABLE link ADD COLUMN archived INTEGER NOT NULL DEFAULT 0; -- 1: left out of lists; it leads on
ALTER TABLE link ADD COLUMN folder_id TEXT REFERENCES folder (id);
ALTER TABLE link ADD COLUMN deleted_at INTEGER;                -- its touches stay, and so does the row, under another key
ALTER TABLE link ADD COLUMN skeleton TEXT;                     -- what the eye makes of the key: engine::text::Slug::skeleton
UPDATE link SET skeleton = replace(replace(replace(replace(replace(key, '0', 'o'), '1', 'l'), 'i', 'l'), 'rn', 'm'), 'vv', 'w');
CREATE INDEX link_skeleton ON link (skeleton);
CREATE INDEX link_folder ON link (folder_id) WHERE folder_id IS NOT NULL;

CREATE TABLE link_tag (
  link_id TEXT NOT NULL REFERENCES link (id),
  tag_id TEXT NOT NULL REFERENCES tag (id) ON DELETE CASCADE,
  PRIMARY KEY (link_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_tag_tag ON link_tag (tag_id);

-- No partner gets a key that a reader would take for another's, whatever requests meet.
CREATE TRIGGER link_is_distinct BEFORE INSERT ON link
WHEN EXISTS (SELECT 1 FROM link WHERE skeleton = new.skeleton AND key <> new.key AND partner_id IS NOT new.partner_id)
BEGIN
  SELECT RAISE(ABORT, 'link key is confusable');
END;

CREATE TRIGGER link_stays_distinct BEFORE UPDATE OF skeleton, partner_id ON link
WHEN (old.skeleton, old.partner_id) IS NOT (new.skeleton, new.partner_id) AND EXISTS (
  SELECT 1 FROM link WHERE skeleton = new.skeleton AND id <> new.id AND partner_id IS NOT new.partner_id)
BEGIN
  SELECT RAISE(ABORT, 'link key is confusable');
END;
