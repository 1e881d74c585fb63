-- Money that somebody gives or takes by hand is logged as other changes are: see 0008_access.sql.
CREATE TRIGGER audit_adjustment_created AFTER INSERT ON fact WHEN new.type = 'adjustment'
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('adjustment', new.key,
    NULL,
    json_object('partner_id', new.partner_id, 'amount', new.amount, 'currency', new.currency, 'reason', new.name,
      'at', new.at));
END;
