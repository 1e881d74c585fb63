-- Landing pages: what is being edited, and every version that has been public.

CREATE TABLE page (
  id TEXT PRIMARY KEY,
  partner_id TEXT NOT NULL REFERENCES partner (id),
  slug TEXT NOT NULL,                -- of /p/{partner}/{slug}; '' is the partner's own page, /p/{partner}
  draft TEXT NOT NULL,               -- JSON of wire::page::Content
  live INTEGER,                      -- the version that is public; NULL: none
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (partner_id, slug)
) STRICT;

CREATE TABLE page_version (
  page_id TEXT NOT NULL REFERENCES page (id),
  version INTEGER NOT NULL,          -- 1, 2, …
  content TEXT NOT NULL,             -- JSON of wire::page::Content
  published_at INTEGER NOT NULL,
  PRIMARY KEY (page_id, version)
) STRICT, WITHOUT ROWID;
