-- Changes of customers, of who is joined to whom, and of files that are brought in, are logged as others are: see
-- 0008_access.sql. What is learned of customers while leads and sales come in is no change that somebody makes: it is in the
-- log of what happened, and nobody holds the pen. Of what a file brings or takes back, the file's entry tells.

CREATE TRIGGER audit_customer_created AFTER INSERT ON customer
WHEN EXISTS (SELECT 1 FROM pen) AND NOT EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('customer', new.id,
    NULL,
    iif(new.deleted_at IS NULL, json_object('external_id', new.external_id, 'email', new.email, 'name', new.name,
      'company', new.company, 'avatar', new.avatar, 'country', new.country, 'stripe_id', new.stripe_id), NULL));
END;
CREATE TRIGGER audit_customer_changed AFTER UPDATE ON customer
WHEN EXISTS (SELECT 1 FROM pen) AND NOT EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('customer', new.id,
    iif(old.deleted_at IS NULL, json_object('external_id', old.external_id, 'email', old.email, 'name', old.name,
      'company', old.company, 'avatar', old.avatar, 'country', old.country, 'stripe_id', old.stripe_id), NULL),
    iif(new.deleted_at IS NULL, json_object('external_id', new.external_id, 'email', new.email, 'name', new.name,
      'company', new.company, 'avatar', new.avatar, 'country', new.country, 'stripe_id', new.stripe_id), NULL));
END;
CREATE TRIGGER audit_customer_removed AFTER DELETE ON customer
WHEN NOT EXISTS (SELECT 1 FROM import_wrote WHERE kind = 'customer' AND key = old.id)
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('customer', old.id,
    iif(old.deleted_at IS NULL, json_object('external_id', old.external_id, 'email', old.email, 'name', old.name,
      'company', old.company, 'avatar', old.avatar, 'country', old.country, 'stripe_id', old.stripe_id), NULL),
    NULL);
END;

CREATE TRIGGER audit_customer_join_created AFTER INSERT ON customer_join
WHEN EXISTS (SELECT 1 FROM pen) AND NOT EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('customer_join', new.customer_id,
    NULL,
    json_object('into_id', new.into_id, 'why', new.why, 'note', new.note, 'sale', new.sale, 'undone_at', new.undone_at));
END;
CREATE TRIGGER audit_customer_join_changed AFTER UPDATE ON customer_join
WHEN EXISTS (SELECT 1 FROM pen) AND NOT EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('customer_join', new.customer_id,
    json_object('into_id', old.into_id, 'why', old.why, 'note', old.note, 'sale', old.sale, 'undone_at', old.undone_at),
    json_object('into_id', new.into_id, 'why', new.why, 'note', new.note, 'sale', new.sale, 'undone_at', new.undone_at));
END;
CREATE TRIGGER audit_customer_join_removed AFTER DELETE ON customer_join
WHEN NOT EXISTS (SELECT 1 FROM import_wrote
  WHERE kind = 'customer_join' AND key = old.customer_id || ' ' || old.into_id)
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('customer_join', old.customer_id,
    json_object('into_id', old.into_id, 'why', old.why, 'note', old.note, 'sale', old.sale, 'undone_at', old.undone_at),
    NULL);
END;

CREATE TRIGGER audit_import_created AFTER INSERT ON import
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('import', new.id,
    NULL,
    json_object('state', new.state, 'name', new.name, 'preset', new.preset, 'mapping', json(new.mapping),
      'totals', json(new.totals), 'kept', json(new.kept), 'applied_at', new.applied_at, 'undone_at', new.undone_at));
END;
CREATE TRIGGER audit_import_changed AFTER UPDATE ON import
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('import', new.id,
    json_object('state', old.state, 'name', old.name, 'preset', old.preset, 'mapping', json(old.mapping),
      'totals', json(old.totals), 'kept', json(old.kept), 'applied_at', old.applied_at, 'undone_at', old.undone_at),
    json_object('state', new.state, 'name', new.name, 'preset', new.preset, 'mapping', json(new.mapping),
      'totals', json(new.totals), 'kept', json(new.kept), 'applied_at', new.applied_at, 'undone_at', new.undone_at));
END;
CREATE TRIGGER audit_import_removed AFTER DELETE ON import
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('import', old.id,
    json_object('state', old.state, 'name', old.name, 'preset', old.preset, 'mapping', json(old.mapping),
      'totals', json(old.totals), 'kept', json(old.kept), 'applied_at', old.applied_at, 'undone_at', old.undone_at),
    NULL);
END;

-- What the first keys are made of, with the setup secret and the request that asked for them: the same request is answered
-- the same, as long as nobody came in. By itself it opens nothing.
CREATE TABLE opening (
  single INTEGER PRIMARY KEY CHECK (single = 1),
  salt TEXT NOT NULL
) STRICT;
