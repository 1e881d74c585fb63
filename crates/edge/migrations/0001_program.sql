-- The program, its people and its keys. One Worker serves one program.
-- Times are milliseconds since 1970 (UTC) unless a column says otherwise. Identifiers are in their written form.

CREATE TABLE program (
  id TEXT PRIMARY KEY,
  single INTEGER NOT NULL DEFAULT 1 UNIQUE CHECK (single = 1), -- at most one row
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  currency TEXT NOT NULL,            -- ISO 4217
  timezone TEXT NOT NULL,            -- IANA
  color TEXT NOT NULL,               -- #rrggbb
  allowed_hosts TEXT NOT NULL,       -- JSON array: example.com, *.example.com
  fallback_url TEXT NOT NULL,        -- where visitors go when a link cannot be resolved
  consent TEXT NOT NULL CHECK (consent IN ('opt_out', 'opt_in')),
  customer_names TEXT NOT NULL CHECK (customer_names IN ('masked', 'shown')),
  policy TEXT NOT NULL,              -- JSON of engine::policy::Policy
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE member (
  email TEXT PRIMARY KEY,            -- lower case
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'marketer')),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_key (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,         -- SHA-256 of the key, hexadecimal; the key itself is stored nowhere
  kind TEXT NOT NULL CHECK (kind IN ('secret', 'publishable')),
  scopes TEXT NOT NULL,              -- separated by spaces
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE partner (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,        -- lower case
  name TEXT NOT NULL,
  slug TEXT NOT NULL UNIQUE,         -- of the landing page /p/{slug}
  tenant_id TEXT UNIQUE,             -- the vendor's identifier of the partner
  kind TEXT,                         -- technology, agency, affiliate, marketplace, reseller
  group_id TEXT,
  image TEXT,
  country TEXT,                      -- ISO 3166-1, two letters
  description TEXT,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE coupon (
  code TEXT PRIMARY KEY,             -- upper case
  partner_id TEXT NOT NULL REFERENCES partner (id),
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX coupon_partner ON coupon (partner_id);

CREATE TABLE link (
  id TEXT PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,          -- last segment of the address, lower case
  partner_id TEXT REFERENCES partner (id),
  destination TEXT NOT NULL,         -- absolute, or a path of this Worker
  utm TEXT NOT NULL,                 -- JSON of engine::text::Utm
  kind TEXT NOT NULL CHECK (kind IN ('click', 'listing')),
  title TEXT,
  comments TEXT,
  external_id TEXT UNIQUE,
  tenant_id TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX link_partner ON link (partner_id);

-- A link that signs in: the token itself is stored nowhere.
CREATE TABLE sign_in (
  hash TEXT PRIMARY KEY,             -- SHA-256 of the token, hexadecimal
  partner_id TEXT REFERENCES partner (id), -- NULL: the marketer
  expires_at INTEGER NOT NULL,
  uses_left INTEGER NOT NULL CHECK (uses_left >= 0)
) STRICT;

CREATE TABLE session (
  hash TEXT PRIMARY KEY,             -- SHA-256 of the cookie, hexadecimal
  partner_id TEXT REFERENCES partner (id), -- NULL: the marketer
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX session_expires ON session (expires_at);
