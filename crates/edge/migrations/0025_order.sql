-- What was said of a sale, apart from what was inferred: what nobody said follows from time, in whichever order it came.

ALTER TABLE revenue ADD COLUMN kind_said INTEGER NOT NULL DEFAULT 1 CHECK (kind_said IN (0, 1)); -- 0: see revenue_kind
ALTER TABLE revenue ADD COLUMN at_said INTEGER NOT NULL DEFAULT 1 CHECK (at_said IN (0, 1)); -- 0: it is when the sale came

-- The kind of each amount. Where nobody said it, a customer's first sale by time is new, and every later one a renewal.
CREATE VIEW revenue_kind AS
SELECT r.key, CASE
  WHEN r.kind_said = 1 THEN r.kind
  WHEN EXISTS (
    SELECT 1 FROM customer AS own JOIN customer AS m ON m.root_id = own.root_id JOIN revenue AS b ON b.customer_id = m.id
    WHERE own.id = r.customer_id AND b.kind <> 'refund' AND (b.at, b.key) < (r.at, r.key)) THEN 'renewal'
  ELSE 'new' END AS kind
FROM revenue AS r;

-- Two customers are one where both are named for one invoice. Then `why` says nothing.
ALTER TABLE customer_join ADD COLUMN sale TEXT; -- key of the sale
CREATE INDEX customer_join_sale ON customer_join (sale) WHERE sale IS NOT NULL;

-- Deals of another partner that are approved, of the company of a deal: its contact, its domain, or its name where one of
-- both has no domain.
CREATE VIEW deal_rival AS
SELECT d.id, o.id AS rival, o.protected_until
FROM deal AS d JOIN deal AS o ON o.state = 'approved' AND o.partner_id <> d.partner_id
WHERE d.marks ->> '$.email' = o.marks ->> '$.email'
  OR (d.marks ->> '$.name' <> '' AND d.marks ->> '$.name' = o.marks ->> '$.name'
    AND 0 IN (json_array_length(d.marks, '$.domains'), json_array_length(o.marks, '$.domains')))
  OR EXISTS (SELECT 1 FROM json_each(d.marks, '$.domains') AS a JOIN json_each(o.marks, '$.domains') AS b ON a.value = b.value);

CREATE TRIGGER deal_is_protected BEFORE UPDATE OF state ON deal
WHEN new.state = 'approved' AND old.state IN ('submitted', 'rejected')
  AND EXISTS (SELECT 1 FROM deal_rival WHERE id = new.id AND protected_until > new.updated_at)
BEGIN
  SELECT RAISE(ABORT, 'deal is protected');
END;

CREATE TRIGGER deal_invoice_wins_once BEFORE UPDATE OF won_invoice ON deal
WHEN new.won_invoice IS NOT NULL AND EXISTS (SELECT 1 FROM deal WHERE won_invoice = new.won_invoice AND id <> new.id)
BEGIN
  SELECT RAISE(ABORT, 'invoice won another deal');
END;
