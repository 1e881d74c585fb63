-- What is told to others: endpoints, messages, and what became of each. A message is written by a trigger, in the
-- transaction of what it tells of, whichever door that came through, and only while somebody wants to be told of it.

CREATE TABLE webhook (
  id TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  events TEXT NOT NULL,              -- JSON array of wire::webhook::EVENTS
  state TEXT NOT NULL CHECK (state IN ('enabled', 'paused', 'disabled')), -- paused by somebody, disabled by itself
  reason TEXT,                       -- why it is disabled
  failing_since INTEGER,             -- since when nothing was taken; NULL: the last message was
  secret_key INTEGER NOT NULL,       -- number of the key in TOKEN_KEYS from which the secret follows, with
  secret_version INTEGER NOT NULL,   -- counts up from 1
  old_key INTEGER,                   -- the same of the version before, which signs too
  old_until INTEGER,                 -- until then
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE outgoing (
  id TEXT PRIMARY KEY,               -- msg_…: webhook-id
  kind TEXT NOT NULL,                -- one of wire::webhook::EVENTS, or webhook.test
  subject TEXT NOT NULL,             -- key of what it tells of: it is told once
  customer_id TEXT,                  -- of whom it tells
  data TEXT NOT NULL,                -- JSON
  at INTEGER NOT NULL,               -- when that happened
  created_at INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER))
) STRICT;
CREATE UNIQUE INDEX outgoing_once ON outgoing (kind, subject);
CREATE INDEX outgoing_created ON outgoing (created_at);
CREATE INDEX outgoing_customer ON outgoing (customer_id) WHERE customer_id IS NOT NULL;

CREATE TABLE delivery (
  id TEXT PRIMARY KEY,
  webhook_id TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
  outgoing_id TEXT NOT NULL REFERENCES outgoing (id) ON DELETE CASCADE,
  state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0, -- since it was last asked for
  next_at INTEGER NOT NULL DEFAULT 0,  -- of one that is pending: not before then; or the end of its lease
  lease TEXT,                        -- of the run that sends it
  status INTEGER,                    -- of the last answer; NULL: there was none
  answer TEXT,                       -- how the last answer begins, or why there was none
  settled_at INTEGER                 -- when it was delivered or given up
) STRICT;
CREATE INDEX delivery_due ON delivery (webhook_id, next_at) WHERE state = 'pending';
CREATE INDEX delivery_webhook ON delivery (webhook_id, state);
CREATE INDEX delivery_outgoing ON delivery (outgoing_id);
CREATE INDEX delivery_lease ON delivery (lease) WHERE lease IS NOT NULL;

-- Each message goes to all who want it. Whoever does not take any just now has it among what failed, to be sent again.
CREATE TRIGGER outgoing_goes AFTER INSERT ON outgoing
BEGIN
  INSERT INTO delivery (id, webhook_id, outgoing_id, state, answer, settled_at)
  SELECT 'dlv_0' || substr(hex(randomblob(13)), 2), w.id, new.id, iif(w.state = 'enabled', 'pending', 'failed'),
    iif(w.state = 'enabled', NULL, 'The endpoint was ' || w.state), iif(w.state = 'enabled', NULL, new.created_at)
  FROM webhook AS w WHERE EXISTS (SELECT 1 FROM json_each(w.events) WHERE value = new.kind);
END;

CREATE TRIGGER webhook_stops AFTER UPDATE OF state ON webhook WHEN new.state <> 'enabled'
BEGIN
  UPDATE delivery SET state = 'failed', answer = 'The endpoint was ' || new.state,
    settled_at = CAST(unixepoch('subsec') * 1000 AS INTEGER)
  WHERE webhook_id = new.id AND state = 'pending';
END;

-- Who is forgotten is forgotten here, too.
CREATE TRIGGER outgoing_forgets AFTER UPDATE OF deleted_at ON customer WHEN new.deleted_at IS NOT NULL
BEGIN
  UPDATE outgoing SET data =
    json_remove(json_set(data, '$.customer', json_object('id', data ->> '$.customer.id')), '$.metadata')
  WHERE customer_id = new.id;
END;

-- What is wanted, and how it is told. No visitor is in it, nor anything by which one could be known.
CREATE VIEW wanted AS SELECT e.value AS kind FROM webhook, json_each(webhook.events) AS e;

CREATE VIEW told_partner AS
SELECT id, json_object('id', id, 'name', name, 'email', email, 'tenantId', tenant_id, 'groupId', group_id,
  'country', country,
  'createdAt', strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch')) AS told
FROM partner;

CREATE VIEW told_customer AS
SELECT c.id, json_object('id', r.id, 'externalId', r.external_id, 'name', r.name, 'email', r.email,
  'company', r.company,
  'country', r.country) AS told
FROM customer AS c JOIN customer AS r ON r.id = c.root_id;

-- A click with its link and partner: '{}' where there is none.
CREATE VIEW told_touch AS
SELECT t.key, json_object(
  'click', json_object('id', t.key, 'kind', t.kind,
    'timestamp', strftime('%Y-%m-%dT%H:%M:%fZ', t.at / 1000.0, 'unixepoch'), 'utm', json(t.utm)),
  'link', iif(l.id IS NULL, NULL, json_object('id', l.id, 'key', l.key, 'url', l.destination, 'title', l.title,
    'externalId', l.external_id, 'tenantId', l.tenant_id)),
  'partner', json((SELECT told FROM told_partner WHERE id = t.partner_id))) AS told
FROM touch AS t LEFT JOIN link AS l ON l.id = t.link_id;

-- A procedure: `INSERT INTO tell_click (key) VALUES (…)` tells of a click, once.
CREATE VIEW tell_click AS SELECT '' AS key;
CREATE TRIGGER tell_click_once INSTEAD OF INSERT ON tell_click
BEGIN
  INSERT INTO outgoing (id, kind, subject, data, at)
  SELECT 'msg_0' || substr(hex(randomblob(13)), 2), 'link.clicked', t.key, told.told, t.at
  FROM touch AS t JOIN told_touch AS told ON told.key = t.key
  -- What is reported a day late is history, and may be a great deal of it.
  WHERE t.key = new.key AND t.mark = 'counted' AND t.kind IN ('click', 'listing') AND t.source <> 'claim'
    AND t.link_id IS NOT NULL AND t.at > t.recorded_at - 86400000
    AND NOT EXISTS (SELECT 1 FROM outgoing WHERE kind = 'link.clicked' AND subject = t.key);
END;

CREATE TRIGGER touch_tells AFTER INSERT ON touch
WHEN new.mark = 'counted' AND new.link_id IS NOT NULL AND EXISTS (SELECT 1 FROM wanted WHERE kind = 'link.clicked')
BEGIN
  INSERT INTO tell_click (key) VALUES (new.key);
END;
CREATE TRIGGER touch_tells_after_all AFTER UPDATE OF mark ON touch
WHEN new.mark = 'counted' AND old.mark <> 'counted' AND EXISTS (SELECT 1 FROM wanted WHERE kind = 'link.clicked')
BEGIN
  INSERT INTO tell_click (key) VALUES (new.key);
END;
-- A click that turns out to repeat another is not told, if it is not too late for that.
CREATE TRIGGER touch_tells_nothing AFTER UPDATE OF mark ON touch
WHEN old.mark = 'counted' AND new.mark <> 'counted' AND EXISTS (SELECT 1 FROM webhook)
BEGIN
  DELETE FROM outgoing WHERE kind = 'link.clicked' AND subject = new.key AND NOT EXISTS (
    SELECT 1 FROM delivery WHERE outgoing_id = outgoing.id AND (attempts > 0 OR state = 'delivered'));
END;

CREATE TRIGGER lead_tells AFTER INSERT ON milestone
WHEN new.kind = 'lead.created' AND EXISTS (SELECT 1 FROM wanted WHERE kind = 'lead.created')
BEGIN
  INSERT INTO outgoing (id, kind, subject, customer_id, data, at)
  SELECT 'msg_0' || substr(hex(randomblob(13)), 2), 'lead.created', new.key, new.customer_id,
    json_patch(coalesce((SELECT told FROM told_touch WHERE key = new.click), '{}'), json_object(
      'eventName', new.event_name, 'customer', json((SELECT told FROM told_customer WHERE id = new.customer_id)),
      'metadata', json(iif(json_valid(new.metadata), new.metadata, NULL)))),
    new.at
  WHERE NOT EXISTS (SELECT 1 FROM outgoing WHERE kind = 'lead.created' AND subject = new.key);
END;

-- The click is the one that the sale named, or else the last that a lead of the customer's did.
CREATE TRIGGER sale_tells AFTER INSERT ON revenue
WHEN new.kind <> 'refund' AND EXISTS (SELECT 1 FROM wanted WHERE kind = 'sale.created')
BEGIN
  INSERT INTO outgoing (id, kind, subject, customer_id, data, at)
  SELECT 'msg_0' || substr(hex(randomblob(13)), 2), 'sale.created', new.key, new.customer_id,
    json_patch(coalesce((SELECT told FROM told_touch WHERE key = coalesce(new.click,
        (SELECT m.click FROM milestone AS m JOIN customer AS c ON c.id = m.customer_id
         WHERE c.root_id = (SELECT root_id FROM customer WHERE id = new.customer_id) AND m.click IS NOT NULL
         ORDER BY m.at DESC LIMIT 1))), '{}'), json_object(
      'eventName', new.event_name, 'customer', json((SELECT told FROM told_customer WHERE id = new.customer_id)),
      'sale', json_object('kind', new.kind, 'amount', new.amount, 'currency', new.currency, 'invoiceId', new.invoice,
        'paymentProcessor', new.processor, 'product', new.product, 'opportunityId', new.opportunity_id,
        'recurring', new.recurring),
      'metadata', json(iif(json_valid(new.metadata), new.metadata, NULL)))),
    new.at
  WHERE NOT EXISTS (SELECT 1 FROM outgoing WHERE kind = 'sale.created' AND subject = new.key);
END;

CREATE TRIGGER partner_tells AFTER INSERT ON partner
WHEN EXISTS (SELECT 1 FROM wanted WHERE kind = 'partner.enrolled')
BEGIN
  INSERT INTO outgoing (id, kind, subject, data, at)
  SELECT 'msg_0' || substr(hex(randomblob(13)), 2), 'partner.enrolled', new.id,
    json_object('partner', json((SELECT told FROM told_partner WHERE id = new.id))), new.created_at
  WHERE NOT EXISTS (SELECT 1 FROM outgoing WHERE kind = 'partner.enrolled' AND subject = new.id);
END;

CREATE VIEW told_deal AS
SELECT d.id, json_object('deal', json_patch(d.details, json_object('id', d.id, 'state', d.state, 'stage', d.stage,
    'protectedUntil', strftime('%Y-%m-%dT%H:%M:%fZ', d.protected_until / 1000.0, 'unixepoch'),
    'opportunityId', d.opportunity_id, 'version', d.version)),
  'partner', json((SELECT told FROM told_partner WHERE id = d.partner_id))) AS told
FROM deal AS d;
CREATE TRIGGER deal_tells AFTER INSERT ON deal
WHEN EXISTS (SELECT 1 FROM wanted WHERE kind = 'deal.registered')
BEGIN
  INSERT INTO outgoing (id, kind, subject, data, at)
  SELECT 'msg_0' || substr(hex(randomblob(13)), 2), 'deal.registered', new.id, told, new.created_at
  FROM told_deal WHERE id = new.id;
END;
CREATE TRIGGER deal_tells_approval AFTER UPDATE OF state ON deal
WHEN new.state = 'approved' AND old.state IN ('submitted', 'rejected')
  AND EXISTS (SELECT 1 FROM wanted WHERE kind = 'deal.approved')
BEGIN
  INSERT INTO outgoing (id, kind, subject, data, at)
  SELECT 'msg_0' || substr(hex(randomblob(13)), 2), 'deal.approved', new.id || ' ' || new.version, told, new.updated_at
  FROM told_deal WHERE id = new.id;
END;

CREATE TRIGGER audit_webhook_created AFTER INSERT ON webhook
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('webhook', new.id,
    NULL,
    json_object('url', new.url, 'description', new.description, 'events', json(new.events), 'state', new.state,
      'reason', new.reason, 'secret_version', new.secret_version));
END;
CREATE TRIGGER audit_webhook_changed AFTER UPDATE ON webhook
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('webhook', new.id,
    json_object('url', old.url, 'description', old.description, 'events', json(old.events), 'state', old.state,
      'reason', old.reason, 'secret_version', old.secret_version),
    json_object('url', new.url, 'description', new.description, 'events', json(new.events), 'state', new.state,
      'reason', new.reason, 'secret_version', new.secret_version));
END;
CREATE TRIGGER audit_webhook_removed AFTER DELETE ON webhook
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('webhook', old.id,
    json_object('url', old.url, 'description', old.description, 'events', json(old.events), 'state', old.state,
      'reason', old.reason, 'secret_version', old.secret_version),
    NULL);
END;
