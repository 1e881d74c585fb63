-- What a marketer may change about the program, and groups of partners.

ALTER TABLE program ADD COLUMN settings TEXT NOT NULL DEFAULT '{}'; -- JSON of wire::settings::Settings

CREATE TABLE partner_group (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  utm TEXT,                          -- JSON of engine::text::Utm; NULL: the program's template
  created_at INTEGER NOT NULL
) STRICT;
