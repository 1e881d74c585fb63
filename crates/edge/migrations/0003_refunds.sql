-- One fact's identifier stands for one amount, also where an invoice is the event's key; and no more is given back than
-- was paid, in the sale's own currency and to its own customer, whatever requests meet.

ALTER TABLE revenue ADD COLUMN fact_id TEXT; -- the sender's identifier of the fact, where it came as one
CREATE UNIQUE INDEX revenue_fact ON revenue (fact_id) WHERE fact_id IS NOT NULL;
CREATE INDEX revenue_refund ON revenue (refund_of) WHERE refund_of IS NOT NULL;

CREATE TRIGGER refund_within_sale BEFORE INSERT ON revenue
WHEN new.kind = 'refund' AND EXISTS (
  SELECT 1 FROM revenue AS sale WHERE sale.key = new.refund_of AND (
    sale.currency <> new.currency OR sale.customer_id <> new.customer_id
    OR sale.amount < new.amount + coalesce((SELECT sum(amount) FROM revenue WHERE refund_of = new.refund_of), 0)))
BEGIN
  SELECT RAISE(ABORT, 'refund exceeds its sale');
END;
