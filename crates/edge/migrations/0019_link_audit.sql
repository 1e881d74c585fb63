-- D1 lets a function have 32 arguments at most (https://developers.cloudflare.com/d1/platform/limits/), which the local runtime
-- does not mind: the entries of links had 38, and are put together in two steps here.

DROP TRIGGER audit_link_created;
CREATE TRIGGER audit_link_created AFTER INSERT ON link
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('link', new.id,
    NULL,
    iif(new.deleted_at IS NULL, json_set(
      json_object('key', new.key, 'partner_id', new.partner_id, 'destination', new.destination, 'utm', json(new.utm),
        'kind', new.kind, 'title', new.title, 'comments', new.comments, 'external_id', new.external_id,
        'tenant_id', new.tenant_id, 'state', json(new.state), 'rules', json_replace(new.rules, '$.password', 'set'),
        'templates', new.templates, 'description', new.description, 'image', new.image),
      '$.proxy', new.proxy, '$.do_index', new.do_index, '$.archived', new.archived, '$.folder_id', new.folder_id,
      '$.updated_at', new.updated_at), NULL));
END;

DROP TRIGGER audit_link_changed;
CREATE TRIGGER audit_link_changed AFTER UPDATE ON link
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('link', new.id,
    iif(old.deleted_at IS NULL, json_set(
      json_object('key', old.key, 'partner_id', old.partner_id, 'destination', old.destination, 'utm', json(old.utm),
        'kind', old.kind, 'title', old.title, 'comments', old.comments, 'external_id', old.external_id,
        'tenant_id', old.tenant_id, 'state', json(old.state), 'rules', json_replace(old.rules, '$.password', 'set'),
        'templates', old.templates, 'description', old.description, 'image', old.image),
      '$.proxy', old.proxy, '$.do_index', old.do_index, '$.archived', old.archived, '$.folder_id', old.folder_id,
      '$.updated_at', old.updated_at), NULL),
    iif(new.deleted_at IS NULL, json_set(
      json_object('key', new.key, 'partner_id', new.partner_id, 'destination', new.destination, 'utm', json(new.utm),
        'kind', new.kind, 'title', new.title, 'comments', new.comments, 'external_id', new.external_id,
        'tenant_id', new.tenant_id, 'state', json(new.state), 'rules', json_replace(new.rules, '$.password', 'set'),
        'templates', new.templates, 'description', new.description, 'image', new.image),
      '$.proxy', new.proxy, '$.do_index', new.do_index, '$.archived', new.archived, '$.folder_id', new.folder_id,
      '$.updated_at', new.updated_at), NULL));
END;

DROP TRIGGER audit_link_removed;
CREATE TRIGGER audit_link_removed AFTER DELETE ON link
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('link', old.id,
    iif(old.deleted_at IS NULL, json_set(
      json_object('key', old.key, 'partner_id', old.partner_id, 'destination', old.destination, 'utm', json(old.utm),
        'kind', old.kind, 'title', old.title, 'comments', old.comments, 'external_id', old.external_id,
        'tenant_id', old.tenant_id, 'state', json(old.state), 'rules', json_replace(old.rules, '$.password', 'set'),
        'templates', old.templates, 'description', old.description, 'image', old.image),
      '$.proxy', old.proxy, '$.do_index', old.do_index, '$.archived', old.archived, '$.folder_id', old.folder_id,
      '$.updated_at', old.updated_at), NULL),
    NULL);
END;
