-- The log: what happened. Rows are added, never changed, but for what a later fact tells about an earlier one: whose a
-- touch was, and what a restored touch would have said.

CREATE TABLE customer (
  id TEXT PRIMARY KEY,
  external_id TEXT UNIQUE,           -- the vendor's identifier; NULL until a backend names the customer
  email TEXT,                        -- lower case
  name TEXT,
  company TEXT,
  avatar TEXT,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX customer_email ON customer (email);

CREATE TABLE touch (
  key TEXT PRIMARY KEY,              -- clk_… of a token, fact:… of a fact, clk_…@cus_… of a click that a further customer claims
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,                -- engine::fact::TouchKind
  mark TEXT NOT NULL,                -- engine::fact::Mark: counted, or why not
  partner_id TEXT REFERENCES partner (id), -- NULL: the program's own
  link_id TEXT REFERENCES link (id),
  campaign TEXT NOT NULL DEFAULT '', -- utm_campaign
  utm TEXT NOT NULL DEFAULT '{}',    -- JSON of engine::text::Utm
  coupon TEXT,
  visitor TEXT,
  customer_id TEXT REFERENCES customer (id),
  source TEXT NOT NULL CHECK (source IN ('edge', 'token', 'fact', 'claim')),
  digest TEXT NOT NULL DEFAULT '',   -- of a fact: tells a repeat from a conflict
  recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX touch_visitor ON touch (visitor, at) WHERE visitor IS NOT NULL;
CREATE INDEX touch_customer ON touch (customer_id, at) WHERE customer_id IS NOT NULL;
CREATE INDEX touch_partner ON touch (partner_id);
CREATE INDEX touch_link ON touch (link_id) WHERE link_id IS NOT NULL;

-- Recorded clicks by day: kept by triggers, in the transaction of the touch, so that they are exact however often and in
-- whichever order a message is delivered. '' stands for none.
CREATE TABLE click_day (
  day INTEGER NOT NULL,              -- days since 1970 (UTC)
  partner_id TEXT NOT NULL,
  link_id TEXT NOT NULL,
  campaign TEXT NOT NULL,
  kind TEXT NOT NULL,
  mark TEXT NOT NULL,
  count INTEGER NOT NULL CHECK (count >= 0),
  PRIMARY KEY (partner_id, day, link_id, campaign, kind, mark)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER touch_counted AFTER INSERT ON touch WHEN new.source <> 'claim'
BEGIN
  INSERT INTO click_day (day, partner_id, link_id, campaign, kind, mark, count)
  VALUES (new.at / 86400000, coalesce(new.partner_id, ''), coalesce(new.link_id, ''), new.campaign, new.kind, new.mark, 1)
  ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER touch_recounted AFTER UPDATE OF campaign, kind, mark ON touch
WHEN new.source <> 'claim' AND (old.campaign, old.kind, old.mark) <> (new.campaign, new.kind, new.mark)
BEGIN
  UPDATE click_day SET count = count - 1
  WHERE day = old.at / 86400000 AND partner_id = coalesce(old.partner_id, '') AND link_id = coalesce(old.link_id, '')
    AND campaign = old.campaign AND kind = old.kind AND mark = old.mark;
  INSERT INTO click_day (day, partner_id, link_id, campaign, kind, mark, count)
  VALUES (new.at / 86400000, coalesce(new.partner_id, ''), coalesce(new.link_id, ''), new.campaign, new.kind, new.mark, 1)
  ON CONFLICT DO UPDATE SET count = count + 1;
END;

-- Which visitor turned out to be which customer.
CREATE TABLE identity (
  visitor TEXT NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customer (id),
  at INTEGER NOT NULL,
  PRIMARY KEY (visitor, customer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_customer ON identity (customer_id);

CREATE TABLE opportunity (
  id TEXT PRIMARY KEY,               -- the vendor's identifier
  customer_id TEXT NOT NULL REFERENCES customer (id),
  name TEXT
) STRICT;

CREATE TABLE milestone (
  key TEXT PRIMARY KEY,              -- lead:… of a door for leads, fact:… of a fact
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,                -- engine::fact::MilestoneKind
  customer_id TEXT NOT NULL REFERENCES customer (id),
  opportunity_id TEXT REFERENCES opportunity (id),
  click TEXT,                        -- key of the touch that a lead named and proved
  event_name TEXT,                   -- of a lead: its name; of a stage: the stage; of a loss: the reason
  amount INTEGER,                    -- expected, minor units
  currency TEXT,
  metadata TEXT,                     -- JSON
  digest TEXT NOT NULL,
  recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX milestone_customer ON milestone (customer_id);
CREATE INDEX milestone_click ON milestone (click) WHERE click IS NOT NULL;

CREATE TABLE revenue (
  key TEXT PRIMARY KEY,              -- one economic event across all doors: invoice:…, or fact:…
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,                -- engine::fact::RevenueKind
  customer_id TEXT NOT NULL REFERENCES customer (id),
  amount INTEGER NOT NULL CHECK (amount > 0), -- minor units
  currency TEXT NOT NULL,
  invoice TEXT,
  opportunity_id TEXT,
  recurring TEXT CHECK (recurring IN ('month', 'year')),
  refund_of TEXT,                    -- key of the sale that is taken back
  click TEXT,                        -- key of the touch that the sale named and proved
  event_name TEXT NOT NULL DEFAULT '',
  processor TEXT NOT NULL DEFAULT 'custom',
  metadata TEXT,                     -- JSON
  digest TEXT NOT NULL,
  recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX revenue_customer ON revenue (customer_id);
CREATE INDEX revenue_click ON revenue (click) WHERE click IS NOT NULL;
