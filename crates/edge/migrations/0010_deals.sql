-- Deals that partners register, and the help that they give to sell.

CREATE TABLE deal (
  id TEXT PRIMARY KEY,
  partner_id TEXT NOT NULL REFERENCES partner (id),
  details TEXT NOT NULL,             -- JSON of wire::deal::Details: what was registered
  marks TEXT NOT NULL,               -- JSON of engine::deal::alike::Marks: what it is known by
  known INTEGER NOT NULL,            -- 1: when it was registered, somebody like it was known
  state TEXT NOT NULL CHECK (state IN ('submitted', 'approved', 'rejected', 'withdrawn', 'won', 'lost')),
  protected_until INTEGER,           -- first moment without protection, once it was approved
  stage TEXT,
  reason TEXT,                       -- of a rejection or a loss
  closed_at INTEGER,
  won_amount INTEGER,                -- minor units
  won_currency TEXT,
  won_invoice TEXT,
  opportunity_id TEXT REFERENCES opportunity (id),
  version INTEGER NOT NULL,          -- of its latest change
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX deal_partner ON deal (partner_id, created_at);
CREATE INDEX deal_state ON deal (state, created_at);
-- The same registration sent twice is one.
CREATE UNIQUE INDEX deal_same ON deal (partner_id, details) WHERE state = 'submitted';

-- Every change of a deal. Its key is claimed in the transaction that makes it: of two that saw the same version one wins.
CREATE TABLE deal_change (
  deal_id TEXT NOT NULL REFERENCES deal (id),
  version INTEGER NOT NULL,          -- 1: the registration
  step TEXT NOT NULL,                -- last segment of the address that it was sent to
  request TEXT NOT NULL,             -- JSON: what was asked; tells a repeat from another change
  side TEXT NOT NULL CHECK (side IN ('partner', 'program')),
  at INTEGER NOT NULL,
  PRIMARY KEY (deal_id, version)
) STRICT, WITHOUT ROWID;

-- What the touch of a registered deal does not say.
CREATE TABLE registration (
  key TEXT PRIMARY KEY REFERENCES touch (key),
  opportunity_id TEXT NOT NULL REFERENCES opportunity (id),
  expires_at INTEGER NOT NULL,
  seller TEXT                        -- e-mail address of the partner's person, lower case
) STRICT;
CREATE INDEX touch_registration ON touch (at) WHERE kind = 'deal_registration';

-- Introductions and help to sell: a touch once the other side has confirmed it.
CREATE TABLE help (
  id TEXT PRIMARY KEY,
  partner_id TEXT NOT NULL REFERENCES partner (id),
  deal_id TEXT REFERENCES deal (id), -- one of these two
  opportunity_id TEXT,               -- as it was named: it need not be known before it is confirmed
  kind TEXT NOT NULL CHECK (kind IN ('introduction', 'co_sell')),
  at INTEGER NOT NULL,               -- when it happened
  note TEXT,
  side TEXT NOT NULL CHECK (side IN ('partner', 'program')), -- who recorded it
  created_at INTEGER NOT NULL,
  CHECK ((deal_id IS NULL) <> (opportunity_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX help_same ON help (partner_id, coalesce(deal_id, ''), coalesce(opportunity_id, ''), kind, at);
CREATE INDEX help_partner ON help (partner_id, created_at);

-- The other side's answer, once.
CREATE TABLE help_answer (
  help_id TEXT PRIMARY KEY REFERENCES help (id),
  confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)),
  reason TEXT,
  at INTEGER NOT NULL
) STRICT;
