-- What the program's people credit to a partner by their word is logged as other changes are: see 0008_access.sql.
CREATE TRIGGER audit_credit_created AFTER INSERT ON touch
WHEN new.key LIKE 'fact:commission:%' AND EXISTS (SELECT 1 FROM pen) AND NOT EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('commission', substr(new.key, 6),
    NULL,
    json_object('partner_id', new.partner_id, 'customer_id', new.customer_id, 'link_id', new.link_id, 'at', new.at));
END;
CREATE TRIGGER audit_credited_sale_created AFTER INSERT ON revenue
WHEN new.fact_id LIKE 'commission:%' AND EXISTS (SELECT 1 FROM pen) AND NOT EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('sale', new.key,
    NULL,
    json_object('customer_id', new.customer_id, 'amount', new.amount, 'currency', new.currency, 'at', new.at));
END;

-- A deal of whoever has left is approved once they are back, whatever requests meet.
CREATE TRIGGER deal_of_who_left BEFORE UPDATE OF state ON deal
WHEN new.state = 'approved' AND old.state = 'submitted'
  AND EXISTS (SELECT 1 FROM standing WHERE partner_id = new.partner_id AND until IS NULL)
BEGIN
  SELECT RAISE(ABORT, 'partner has left');
END;
