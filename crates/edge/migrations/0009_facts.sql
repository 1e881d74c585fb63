-- The rest of the catalogue's facts; and customers who are known under several identifiers, joined and taken apart without
-- a row of the log being rewritten.

-- What customers integrate, by name.
CREATE TABLE integration (
  name TEXT PRIMARY KEY,
  partner_id TEXT REFERENCES partner (id) -- whose it is; NULL: the program's own, as far as anybody said
) STRICT;
CREATE INDEX integration_partner ON integration (partner_id) WHERE partner_id IS NOT NULL;

CREATE TRIGGER integration_is_one_partners BEFORE INSERT ON integration
WHEN EXISTS (SELECT 1 FROM integration WHERE name = new.name AND partner_id <> new.partner_id)
BEGIN
  SELECT RAISE(ABORT, 'integration is another partner''s');
END;

-- Facts that attribution does not read.
CREATE TABLE fact (
  key TEXT PRIMARY KEY,              -- fact:… of a fact, joined:… of a partner whom the API enrolled or moved
  at INTEGER NOT NULL,
  type TEXT NOT NULL,                -- as in the catalogue; those of integrations are all 'integration'
  kind TEXT,                         -- what the catalogue has in braces: source, category, nps, attended, installed …
  partner_id TEXT REFERENCES partner (id),
  customer_id TEXT REFERENCES customer (id),
  integration TEXT REFERENCES integration (name),
  name TEXT,                         -- of the group, figure, person or campaign
  amount INTEGER,                    -- minor units; or a target, a score, minutes, or how many
  currency TEXT,
  first_day INTEGER,                 -- of a goal: days since 1970
  next_day INTEGER,                  -- of a goal: first day after its period
  digest TEXT NOT NULL,
  recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX fact_partner ON fact (partner_id) WHERE partner_id IS NOT NULL;
CREATE INDEX fact_customer ON fact (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX fact_integration ON fact (integration) WHERE integration IS NOT NULL;

INSERT INTO fact (key, at, type, kind, partner_id, name, digest, recorded_at)
SELECT 'joined:' || id, created_at, 'partner.joined', 'own', id, group_id, '', created_at FROM partner;

ALTER TABLE revenue ADD COLUMN product TEXT; -- the sender's identifier

-- A customer's row is one identity. Joined, it is read as another's; what happened stays with the identity that it named.
ALTER TABLE customer ADD COLUMN joined_to TEXT REFERENCES customer (id); -- the customer whom it is read as; NULL: itself
ALTER TABLE customer ADD COLUMN root_id TEXT GENERATED ALWAYS AS (coalesce(joined_to, id)) VIRTUAL;
ALTER TABLE customer ADD COLUMN country TEXT;       -- ISO 3166-1, two letters
ALTER TABLE customer ADD COLUMN stripe_id TEXT;     -- Stripe's identifier
ALTER TABLE customer ADD COLUMN deleted_at INTEGER; -- forgotten: who it was is gone, what happened stays
CREATE INDEX customer_root ON customer (root_id);
CREATE INDEX customer_created ON customer (created_at, id);
CREATE UNIQUE INDEX customer_stripe ON customer (stripe_id) WHERE stripe_id IS NOT NULL;

-- Which customers were joined, and which were taken apart again. The joins that stand make trees, whose roots are kept in
-- customer.joined_to.
CREATE TABLE customer_join (
  customer_id TEXT NOT NULL REFERENCES customer (id), -- is read as
  into_id TEXT NOT NULL REFERENCES customer (id),     -- this one
  why TEXT NOT NULL CHECK (why IN ('email', 'click', 'stripe', 'hand')),
  note TEXT,
  done_by TEXT NOT NULL,             -- 'program', where it happened by itself
  at INTEGER NOT NULL,
  undone_by TEXT,
  undone_at INTEGER,                 -- NULL: it stands
  CHECK (customer_id <> into_id)
) STRICT;
CREATE UNIQUE INDEX customer_join_stands ON customer_join (customer_id) WHERE undone_at IS NULL;
CREATE INDEX customer_join_into ON customer_join (into_id);
CREATE INDEX customer_join_customer ON customer_join (customer_id);

-- As before, with customers who are joined taken for the one that they are.
DROP TRIGGER refund_within_sale;
CREATE TRIGGER refund_within_sale BEFORE INSERT ON revenue
WHEN new.kind = 'refund' AND EXISTS (
  SELECT 1 FROM revenue AS sale WHERE sale.key = new.refund_of AND (
    sale.currency <> new.currency
    OR (SELECT root_id FROM customer WHERE id = sale.customer_id)
      <> (SELECT root_id FROM customer WHERE id = new.customer_id)
    OR sale.amount < new.amount + coalesce((SELECT sum(amount) FROM revenue WHERE refund_of = new.refund_of), 0)))
BEGIN
  SELECT RAISE(ABORT, 'refund exceeds its sale');
END;
