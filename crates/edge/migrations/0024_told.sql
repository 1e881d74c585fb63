-- What several doors told, and what it is called. What an import wrote and another door was told of, too, stays where the
-- import is undone; and of all names of one sale (invoice, payment, charge, checkout) each stands for the sale.

-- Sales that an import wrote and another door told of since: noted in the transaction that says that they are known.
CREATE TABLE told (
  key TEXT PRIMARY KEY,              -- of the sale
  door TEXT NOT NULL                 -- the first: 'api', 'facts', 'stripe'
) STRICT, WITHOUT ROWID;

-- Nobody is told that a sale is known while an import that wrote it is undone.
CREATE TRIGGER told_of_nothing BEFORE INSERT ON told
WHEN NOT EXISTS (SELECT 1 FROM revenue WHERE key = new.key)
BEGIN
  SELECT RAISE(ABORT, 'sale is gone');
END;

ALTER TABLE import ADD COLUMN kept TEXT NOT NULL DEFAULT '{}'; -- JSON: how many sales stayed when it was undone, by who else told of them

-- What an import wrote and nobody else told of: what is taken back with it.
CREATE VIEW import_own AS
SELECT w.import_id, w.kind, w.key FROM import_wrote AS w
WHERE NOT EXISTS (SELECT 1 FROM import_wrote AS other
    WHERE other.kind = w.kind AND other.key = w.key AND other.import_id <> w.import_id)
  AND NOT (w.kind = 'revenue' AND EXISTS (SELECT 1 FROM told WHERE told.key = w.key));

DROP TRIGGER import_is_built_upon;
CREATE TRIGGER import_is_built_upon BEFORE UPDATE OF state ON import
WHEN new.state = 'undone' AND EXISTS (
  SELECT 1 FROM import_own AS w JOIN revenue AS r ON r.refund_of = w.key
  WHERE w.import_id = new.id AND w.kind = 'revenue'
    AND NOT EXISTS (SELECT 1 FROM import_wrote AS own WHERE own.import_id = new.id AND own.kind = 'revenue' AND own.key = r.key))
BEGIN
  SELECT RAISE(ABORT, 'import is built upon');
END;

CREATE TRIGGER import_wrote_payment AFTER INSERT ON stripe_payment WHEN EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT INTO import_wrote (import_id, kind, key) SELECT import_id, 'payment', new.payment FROM importing;
END;
CREATE TRIGGER import_wrote_total AFTER INSERT ON stripe_refund WHEN EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT INTO import_wrote (import_id, kind, key) SELECT import_id, 'total', new.source FROM importing;
END;
CREATE TRIGGER import_wrote_number AFTER UPDATE OF stripe_id ON customer
WHEN new.stripe_id IS NOT NULL AND EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT OR IGNORE INTO import_wrote (import_id, kind, key) SELECT import_id, 'number', new.id FROM importing;
END;
CREATE TRIGGER import_wrote_numbered AFTER INSERT ON customer
WHEN new.stripe_id IS NOT NULL AND EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT OR IGNORE INTO import_wrote (import_id, kind, key) SELECT import_id, 'number', new.id FROM importing;
END;

-- A name that stands for a recorded sale is no other sale's, whatever requests meet.
CREATE INDEX stripe_payment_sale ON stripe_payment (sale);
CREATE TRIGGER sale_has_another_name BEFORE INSERT ON revenue
WHEN new.kind <> 'refund' AND new.key LIKE 'invoice:%' AND EXISTS (
  SELECT 1 FROM stripe_payment AS p JOIN revenue AS r ON r.key = p.sale
  WHERE p.payment = substr(new.key, 9) AND p.sale <> new.key)
BEGIN
  SELECT RAISE(ABORT, 'sale has another name');
END;
CREATE TRIGGER name_has_another_sale BEFORE INSERT ON stripe_payment
WHEN new.sale <> 'invoice:' || new.payment AND EXISTS (SELECT 1 FROM revenue WHERE key = 'invoice:' || new.payment)
  AND EXISTS (SELECT 1 FROM revenue WHERE key = new.sale)
BEGIN
  SELECT RAISE(ABORT, 'sale has another name');
END;
-- A name that stood for a sale that never came stands for another by now: so do the refunds that it names.
CREATE TRIGGER stripe_payment_moved AFTER UPDATE OF sale ON stripe_payment
WHEN new.sale <> old.sale AND EXISTS (SELECT 1 FROM stripe_refund WHERE payment = new.payment)
BEGIN
  UPDATE stripe_refund SET sale = new.sale WHERE payment = new.payment;
  INSERT INTO stripe_settled (sale) VALUES (new.sale);
END;

-- What a file says was given back of a sale so far is a total of the sale, which is what such a row names as its payment.
-- Of it counts what nothing else explains: what any door says was given back until the file came, and all that Stripe's
-- own totals say.
DROP TRIGGER stripe_settle;
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
        FROM stripe_refund AS c WHERE c.sale = new.sale AND c.kind = 'charge' AND c.payment <> c.sale
      ) WHERE total > max(before, named)
    )
  ) AS due ON due.currency = sale.currency
  WHERE sale.key = new.sale AND sale.kind <> 'refund' AND due.room > due.before;
  INSERT INTO revenue (key, at, kind, customer_id, amount, currency, refund_of, event_name, processor, digest, recorded_at)
  SELECT key, at, 'refund', customer_id, min(amount, room), currency, sale, 'Refund', 'stripe', '', recorded_at
  FROM (
    SELECT 'charge:' || f.source AS key, f.at, s.customer_id, s.currency, s.key AS sale, f.recorded_at,
      f.amount - coalesce((SELECT sum(r.amount) FROM revenue AS r
        WHERE r.refund_of = s.key AND (r.at <= f.recorded_at OR r.key LIKE 'charge:%')), 0) AS amount,
      s.amount - coalesce((SELECT sum(r.amount) FROM revenue AS r WHERE r.refund_of = s.key), 0) AS room
    FROM stripe_refund AS f JOIN revenue AS s ON s.key = f.sale AND s.kind <> 'refund' AND s.currency = f.currency
    WHERE f.sale = new.sale AND f.kind = 'charge' AND f.payment = f.sale
    ORDER BY f.amount DESC LIMIT 1
  ) WHERE amount > 0 AND room > 0;
END;

CREATE TRIGGER stripe_refund_gone AFTER DELETE ON stripe_refund
BEGIN
  INSERT INTO stripe_settled (sale) VALUES (old.sale);
END;
CREATE TRIGGER total_explained AFTER INSERT ON revenue
WHEN new.kind = 'refund' AND new.processor <> 'stripe'
  AND EXISTS (SELECT 1 FROM stripe_refund WHERE sale = new.refund_of AND payment = sale)
BEGIN
  INSERT INTO stripe_settled (sale) VALUES (new.refund_of);
END;
