-- What looks like fraud, and what was decided about it. No fact is changed: crates/engine/src/fraud.

CREATE TABLE suspicion (
  id TEXT PRIMARY KEY,               -- made from what is suspected of what, so that it is suspected once
  rule TEXT NOT NULL,                -- engine::fraud::Rule
  partner_id TEXT NOT NULL REFERENCES partner (id),
  customer_id TEXT REFERENCES customer (id), -- all their sales, or whose the one is
  sale TEXT,                         -- key of the one sale
  coupon TEXT,                       -- sales of those who used it, from since until
  link_id TEXT REFERENCES link (id), -- sales of those who clicked it, from since until
  since INTEGER,
  until INTEGER,
  evidence TEXT NOT NULL,            -- JSON of engine::fraud::Evidence, when it was first seen
  state TEXT NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'cleared', 'confirmed')),
  reason TEXT,
  decided_by TEXT,
  decided_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  CHECK ((customer_id IS NOT NULL) + (coupon IS NOT NULL) + (link_id IS NOT NULL) = 1),
  CHECK ((state = 'held') = (decided_at IS NULL))
) STRICT;
CREATE INDEX suspicion_partner ON suspicion (partner_id, created_at);
CREATE INDEX suspicion_state ON suspicion (state, created_at);
CREATE INDEX suspicion_customer ON suspicion (customer_id) WHERE customer_id IS NOT NULL;

-- How much is too much; without a row, what engine::fraud::Rules has by default.
CREATE TABLE fraud_rules (
  single INTEGER PRIMARY KEY CHECK (single = 1),
  rules TEXT NOT NULL                -- JSON of engine::fraud::Rules
) STRICT;

-- Visitors who were seen signed in for a partner: browsers that carry the visitor's cookie by permission.
CREATE TABLE partner_device (
  visitor TEXT NOT NULL,
  partner_id TEXT NOT NULL REFERENCES partner (id),
  at INTEGER NOT NULL,               -- the first time
  PRIMARY KEY (visitor, partner_id)
) STRICT, WITHOUT ROWID;

-- Customers of whom something new is known that the rules have not seen yet: noted in the transaction that writes it,
-- whatever the door.
CREATE TABLE fraud_due (
  customer_id TEXT PRIMARY KEY,
  changes INTEGER NOT NULL DEFAULT 1 -- tells what came while the rules looked
) STRICT, WITHOUT ROWID;

CREATE TRIGGER fraud_sale AFTER INSERT ON revenue WHEN new.kind <> 'refund'
BEGIN
  INSERT INTO fraud_due (customer_id) VALUES (new.customer_id) ON CONFLICT DO UPDATE SET changes = changes + 1;
END;
CREATE TRIGGER fraud_lead AFTER INSERT ON milestone WHEN new.kind = 'lead.created'
BEGIN
  INSERT INTO fraud_due (customer_id) VALUES (new.customer_id) ON CONFLICT DO UPDATE SET changes = changes + 1;
END;
CREATE TRIGGER fraud_identity AFTER INSERT ON identity
BEGIN
  INSERT INTO fraud_due (customer_id) VALUES (new.customer_id) ON CONFLICT DO UPDATE SET changes = changes + 1;
END;
CREATE TRIGGER fraud_touch AFTER INSERT ON touch WHEN new.customer_id IS NOT NULL AND new.partner_id IS NOT NULL
BEGIN
  INSERT INTO fraud_due (customer_id) VALUES (new.customer_id) ON CONFLICT DO UPDATE SET changes = changes + 1;
END;
CREATE TRIGGER fraud_claim AFTER UPDATE OF customer_id ON touch WHEN new.customer_id IS NOT old.customer_id AND new.customer_id IS NOT NULL
BEGIN
  INSERT INTO fraud_due (customer_id) VALUES (new.customer_id) ON CONFLICT DO UPDATE SET changes = changes + 1;
END;
CREATE TRIGGER fraud_address AFTER UPDATE OF email, joined_to ON customer
WHEN new.email IS NOT old.email OR new.joined_to IS NOT old.joined_to
BEGIN
  INSERT INTO fraud_due (customer_id) VALUES (new.id) ON CONFLICT DO UPDATE SET changes = changes + 1;
END;
CREATE TRIGGER fraud_person AFTER INSERT ON member WHEN new.partner_id IS NOT NULL
BEGIN
  INSERT INTO fraud_due (customer_id) SELECT id FROM customer WHERE email = new.email
  ON CONFLICT DO UPDATE SET changes = changes + 1;
END;
CREATE TRIGGER fraud_device AFTER INSERT ON partner_device
BEGIN
  INSERT INTO fraud_due (customer_id) SELECT customer_id FROM identity WHERE visitor = new.visitor
  UNION SELECT customer_id FROM touch WHERE visitor = new.visitor AND customer_id IS NOT NULL
  ON CONFLICT DO UPDATE SET changes = changes + 1;
END;

-- What is recorded already is looked at once, too.
INSERT INTO fraud_due (customer_id) SELECT id FROM customer WHERE true;

-- Who is forgotten is so here, too.
CREATE TRIGGER fraud_forgotten AFTER UPDATE OF deleted_at ON customer WHEN new.deleted_at IS NOT NULL
BEGIN
  UPDATE suspicion SET evidence = json_remove(evidence, '$.email', '$.domain') WHERE customer_id = new.id;
END;

-- For the rules that look at days and months.
CREATE INDEX click_day_day ON click_day (day);
CREATE INDEX touch_coupon ON touch (at) WHERE kind = 'coupon';

-- As 0008_access.sql describes. The evidence may name people, whom the log would not forget.
CREATE TRIGGER audit_suspicion_created AFTER INSERT ON suspicion
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('suspicion', new.id,
    NULL,
    json_object('rule', new.rule, 'partner_id', new.partner_id, 'customer_id', new.customer_id, 'sale', new.sale,
      'coupon', new.coupon, 'link_id', new.link_id, 'since', new.since, 'until', new.until, 'state', new.state,
      'reason', new.reason));
END;
CREATE TRIGGER audit_suspicion_changed AFTER UPDATE ON suspicion
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('suspicion', new.id,
    json_object('rule', old.rule, 'partner_id', old.partner_id, 'customer_id', old.customer_id, 'sale', old.sale,
      'coupon', old.coupon, 'link_id', old.link_id, 'since', old.since, 'until', old.until, 'state', old.state,
      'reason', old.reason),
    json_object('rule', new.rule, 'partner_id', new.partner_id, 'customer_id', new.customer_id, 'sale', new.sale,
      'coupon', new.coupon, 'link_id', new.link_id, 'since', new.since, 'until', new.until, 'state', new.state,
      'reason', new.reason));
END;
CREATE TRIGGER audit_suspicion_removed AFTER DELETE ON suspicion
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('suspicion', old.id,
    json_object('rule', old.rule, 'partner_id', old.partner_id, 'customer_id', old.customer_id, 'sale', old.sale,
      'coupon', old.coupon, 'link_id', old.link_id, 'since', old.since, 'until', old.until, 'state', old.state,
      'reason', old.reason),
    NULL);
END;
CREATE TRIGGER audit_fraud_rules_created AFTER INSERT ON fraud_rules
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('fraud_rules', new.single,
    NULL,
    json_object('rules', json(new.rules)));
END;
CREATE TRIGGER audit_fraud_rules_changed AFTER UPDATE ON fraud_rules
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('fraud_rules', new.single,
    json_object('rules', json(old.rules)),
    json_object('rules', json(new.rules)));
END;
CREATE TRIGGER audit_fraud_rules_removed AFTER DELETE ON fraud_rules
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('fraud_rules', old.single,
    json_object('rules', json(old.rules)),
    NULL);
END;
