-- Changes of deals, and of the help that partners give to sell, are logged as others are: see 0008_access.sql.

CREATE TRIGGER audit_deal_created AFTER INSERT ON deal
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('deal', new.id,
    NULL,
    json_object('partner_id', new.partner_id, 'details', json(new.details), 'state', new.state, 'protected_until',
      new.protected_until, 'stage', new.stage, 'reason', new.reason, 'closed_at', new.closed_at, 'won_amount',
      new.won_amount, 'won_currency', new.won_currency, 'won_invoice', new.won_invoice, 'opportunity_id',
      new.opportunity_id, 'version', new.version));
END;
CREATE TRIGGER audit_deal_changed AFTER UPDATE ON deal
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('deal', new.id,
    json_object('partner_id', old.partner_id, 'details', json(old.details), 'state', old.state, 'protected_until',
      old.protected_until, 'stage', old.stage, 'reason', old.reason, 'closed_at', old.closed_at, 'won_amount',
      old.won_amount, 'won_currency', old.won_currency, 'won_invoice', old.won_invoice, 'opportunity_id',
      old.opportunity_id, 'version', old.version),
    json_object('partner_id', new.partner_id, 'details', json(new.details), 'state', new.state, 'protected_until',
      new.protected_until, 'stage', new.stage, 'reason', new.reason, 'closed_at', new.closed_at, 'won_amount',
      new.won_amount, 'won_currency', new.won_currency, 'won_invoice', new.won_invoice, 'opportunity_id',
      new.opportunity_id, 'version', new.version));
END;
CREATE TRIGGER audit_deal_removed AFTER DELETE ON deal
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('deal', old.id,
    json_object('partner_id', old.partner_id, 'details', json(old.details), 'state', old.state, 'protected_until',
      old.protected_until, 'stage', old.stage, 'reason', old.reason, 'closed_at', old.closed_at, 'won_amount',
      old.won_amount, 'won_currency', old.won_currency, 'won_invoice', old.won_invoice, 'opportunity_id',
      old.opportunity_id, 'version', old.version),
    NULL);
END;
CREATE TRIGGER audit_help_created AFTER INSERT ON help
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('deal_help', new.id,
    NULL,
    json_object('partner_id', new.partner_id, 'deal_id', new.deal_id, 'opportunity_id', new.opportunity_id, 'kind',
      new.kind, 'at', new.at, 'note', new.note, 'side', new.side));
END;
CREATE TRIGGER audit_help_changed AFTER UPDATE ON help
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('deal_help', new.id,
    json_object('partner_id', old.partner_id, 'deal_id', old.deal_id, 'opportunity_id', old.opportunity_id, 'kind',
      old.kind, 'at', old.at, 'note', old.note, 'side', old.side),
    json_object('partner_id', new.partner_id, 'deal_id', new.deal_id, 'opportunity_id', new.opportunity_id, 'kind',
      new.kind, 'at', new.at, 'note', new.note, 'side', new.side));
END;
CREATE TRIGGER audit_help_removed AFTER DELETE ON help
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('deal_help', old.id,
    json_object('partner_id', old.partner_id, 'deal_id', old.deal_id, 'opportunity_id', old.opportunity_id, 'kind',
      old.kind, 'at', old.at, 'note', old.note, 'side', old.side),
    NULL);
END;
CREATE TRIGGER audit_help_answer_created AFTER INSERT ON help_answer
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('deal_help', new.help_id,
    NULL,
    json_object('confirmed', new.confirmed, 'reason', new.reason));
END;
CREATE TRIGGER audit_help_answer_changed AFTER UPDATE ON help_answer
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('deal_help', new.help_id,
    json_object('confirmed', old.confirmed, 'reason', old.reason),
    json_object('confirmed', new.confirmed, 'reason', new.reason));
END;
CREATE TRIGGER audit_help_answer_removed AFTER DELETE ON help_answer
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('deal_help', old.help_id,
    json_object('confirmed', old.confirmed, 'reason', old.reason),
    NULL);
END;
