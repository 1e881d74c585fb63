-- What Stripe told, in whichever order. Refunds wait here for their sale, by whichever door that comes, and become revenue
-- in the transaction that makes both known: what is due of a sale is always a function of all that was told of it.

CREATE TABLE stripe_event (
  id TEXT PRIMARY KEY,               -- evt_…: claimed in the transaction that writes what it told
  type TEXT NOT NULL,
  recorded_at INTEGER NOT NULL
) STRICT;

CREATE TABLE stripe_payment (
  payment TEXT PRIMARY KEY,          -- pi_… or ch_…
  sale TEXT NOT NULL                 -- key of the sale that it pays
) STRICT;

CREATE TABLE stripe_refund (
  source TEXT PRIMARY KEY,           -- re_…, du_…, or ch_…:<amount>
  kind TEXT NOT NULL CHECK (kind IN ('refund', 'dispute', 'charge')), -- charge: all that was given back of it so far
  state TEXT NOT NULL CHECK (state IN ('pending', 'succeeded', 'failed')),
  payment TEXT NOT NULL,
  sale TEXT NOT NULL,                -- key of the sale that the payment pays, as far as is known
  at INTEGER NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0), -- minor units
  currency TEXT NOT NULL,
  recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX stripe_refund_sale ON stripe_refund (sale);
CREATE INDEX stripe_refund_payment ON stripe_refund (payment);

-- A procedure: `INSERT INTO stripe_settled (sale) VALUES (…)` writes anew what Stripe's refunds take back of a sale.
CREATE VIEW stripe_settled AS SELECT '' AS sale;

CREATE TRIGGER stripe_settle INSTEAD OF INSERT ON stripe_settled
BEGIN
  DELETE FROM revenue WHERE refund_of = new.sale AND kind = 'refund' AND processor = 'stripe';
  -- Each refund counts under its own identifier. Of a charge's total counts what no refund with an identifier explains,
  -- from the last total back. No more is taken back than was paid.
  INSERT INTO revenue (key, at, kind, customer_id, amount, currency, refund_of, event_name, processor, digest, recorded_at)
  SELECT due.key, due.at, 'refund', sale.customer_id, min(due.amount, due.room - due.before), sale.currency, sale.key,
    due.name, 'stripe', '', due.recorded_at
  FROM revenue AS sale JOIN (
    SELECT key, at, amount, currency, name, recorded_at,
      sum(amount) OVER (ORDER BY at, key ROWS UNBOUNDED PRECEDING) - amount AS before,
      (SELECT s.amount - coalesce((SELECT sum(r.amount) FROM revenue AS r WHERE r.refund_of = s.key), 0)
       FROM revenue AS s WHERE s.key = new.sale) AS room
    FROM (
      SELECT 'fact:' || source AS key, at, amount, currency, CASE kind WHEN 'dispute' THEN 'Chargeback' ELSE 'Refund' END AS name,
        recorded_at
      FROM stripe_refund
      WHERE sale = new.sale AND kind <> 'charge' AND state = 'succeeded'
        AND NOT EXISTS (SELECT 1 FROM revenue AS r WHERE r.key = 'fact:' || source)
      UNION ALL
      SELECT 'charge:' || source, at, total - max(before, named), currency, 'Refund', recorded_at
      FROM (
        SELECT c.source, c.at, c.amount AS total, c.currency, c.recorded_at,
          coalesce(lag(c.amount) OVER (PARTITION BY c.payment ORDER BY c.amount), 0) AS before,
          coalesce((SELECT sum(n.amount) FROM stripe_refund AS n WHERE n.payment = c.payment AND n.kind = 'refund'), 0) AS named
        FROM stripe_refund AS c WHERE c.sale = new.sale AND c.kind = 'charge'
      ) WHERE total > max(before, named)
    )
  ) AS due ON due.currency = sale.currency
  WHERE sale.key = new.sale AND sale.kind <> 'refund' AND due.room > due.before;
END;

CREATE TRIGGER stripe_refund_told AFTER INSERT ON stripe_refund
BEGIN
  INSERT INTO stripe_settled (sale) VALUES (new.sale);
END;

CREATE TRIGGER stripe_refund_changed AFTER UPDATE OF state ON stripe_refund
BEGIN
  INSERT INTO stripe_settled (sale) VALUES (new.sale);
END;

CREATE TRIGGER stripe_payment_told AFTER INSERT ON stripe_payment
WHEN EXISTS (SELECT 1 FROM stripe_refund WHERE payment = new.payment)
BEGIN
  UPDATE stripe_refund SET sale = new.sale WHERE payment = new.payment;
  INSERT INTO stripe_settled (sale) VALUES (new.sale);
END;

CREATE TRIGGER stripe_sale_told AFTER INSERT ON revenue
WHEN new.kind <> 'refund' AND EXISTS (SELECT 1 FROM stripe_refund WHERE sale = new.key)
BEGIN
  INSERT INTO stripe_settled (sale) VALUES (new.key);
END;
