-- Who may do what, and who did what: people with roles, keys with scopes, and a log of every change.

-- People of the program and of its partners. Whose they are goes with what they may be: crates/edge/src/access.rs.
CREATE TABLE person (
  id TEXT PRIMARY KEY,
  partner_id TEXT REFERENCES partner (id), -- NULL: the program's
  email TEXT NOT NULL,               -- lower case
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'marketer', 'finance', 'partner_admin', 'partner_member')),
  created_at INTEGER NOT NULL,
  CHECK ((partner_id IS NULL) = (role IN ('owner', 'marketer', 'finance')))
) STRICT;
INSERT INTO person (id, partner_id, email, name, role, created_at)
SELECT 'mem_0' || substr(hex(randomblob(13)), 2), NULL, email, name, role, created_at FROM member;
-- Whoever was enrolled is the first admin of their partner.
INSERT INTO person (id, partner_id, email, name, role, created_at)
SELECT 'mem_0' || substr(hex(randomblob(13)), 2), id, email, name, 'partner_admin', created_at FROM partner;
DROP TABLE member;
ALTER TABLE person RENAME TO member;
CREATE UNIQUE INDEX member_email ON member (email, coalesce(partner_id, ''));
CREATE INDEX member_partner ON member (partner_id);

CREATE TRIGGER partner_has_admin AFTER INSERT ON partner
BEGIN
  INSERT INTO member (id, partner_id, email, name, role, created_at)
  VALUES ('mem_0' || substr(hex(randomblob(13)), 2), new.id, new.email, new.name, 'partner_admin', new.created_at);
END;

-- The program keeps an owner, and a partner somebody who can let others in, whatever requests meet.
CREATE TRIGGER member_last_removed BEFORE DELETE ON member
WHEN old.role IN ('owner', 'partner_admin') AND NOT EXISTS (
  SELECT 1 FROM member WHERE role = old.role AND partner_id IS old.partner_id AND id <> old.id)
BEGIN
  SELECT RAISE(ABORT, 'last member of its role');
END;
CREATE TRIGGER member_last_changed BEFORE UPDATE OF role ON member
WHEN old.role IN ('owner', 'partner_admin') AND new.role <> old.role AND NOT EXISTS (
  SELECT 1 FROM member WHERE role = old.role AND partner_id IS old.partner_id AND id <> old.id)
BEGIN
  SELECT RAISE(ABORT, 'last member of its role');
END;

-- Sessions, and links that begin them, are a person's. A role of their own opens less than the person's.
CREATE TABLE sign_in_link (
  hash TEXT PRIMARY KEY,             -- SHA-256 of the token, hexadecimal
  member_id TEXT NOT NULL REFERENCES member (id) ON DELETE CASCADE,
  role TEXT,                         -- NULL: the person's
  expires_at INTEGER NOT NULL,
  uses_left INTEGER NOT NULL CHECK (uses_left >= 0)
) STRICT;
CREATE TABLE person_session (
  hash TEXT PRIMARY KEY,             -- SHA-256 of the cookie, hexadecimal
  member_id TEXT NOT NULL REFERENCES member (id) ON DELETE CASCADE,
  role TEXT,                         -- NULL: the person's
  expires_at INTEGER NOT NULL
) STRICT;
-- Those of before named no person: the marketer's are the first marketer's, else the owner's in the role of a marketer.
INSERT INTO sign_in_link (hash, member_id, role, expires_at, uses_left)
SELECT hash, (SELECT id FROM member WHERE member.partner_id IS sign_in.partner_id
  ORDER BY role = 'marketer' DESC, created_at, id LIMIT 1),
  iif(partner_id IS NULL, 'marketer', NULL), expires_at, uses_left
FROM sign_in
WHERE EXISTS (SELECT 1 FROM member WHERE member.partner_id IS sign_in.partner_id);
INSERT INTO person_session (hash, member_id, role, expires_at)
SELECT hash, (SELECT id FROM member WHERE member.partner_id IS session.partner_id
  ORDER BY role = 'marketer' DESC, created_at, id LIMIT 1),
  iif(partner_id IS NULL, 'marketer', NULL), expires_at
FROM session
WHERE EXISTS (SELECT 1 FROM member WHERE member.partner_id IS session.partner_id);
DROP TABLE sign_in;
DROP TABLE session;
ALTER TABLE sign_in_link RENAME TO sign_in;
ALTER TABLE person_session RENAME TO session;
CREATE INDEX sign_in_member ON sign_in (member_id);
CREATE INDEX session_member ON session (member_id);
CREATE INDEX session_expires ON session (expires_at);

-- Another role is another door.
CREATE TRIGGER member_role_ends_sessions AFTER UPDATE OF role ON member WHEN old.role <> new.role
BEGIN
  DELETE FROM session WHERE member_id = new.id;
  DELETE FROM sign_in WHERE member_id = new.id;
END;

ALTER TABLE api_key ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE api_key ADD COLUMN hint TEXT;         -- the last characters of the key, by which people tell keys apart
ALTER TABLE api_key ADD COLUMN hosts TEXT NOT NULL DEFAULT '[]'; -- JSON; of a publishable key: none are the program's
ALTER TABLE api_key ADD COLUMN last_used_at INTEGER; -- to the minute
ALTER TABLE api_key ADD COLUMN revoked_at INTEGER;
UPDATE api_key SET name = 'Setup', scopes = iif(kind = 'secret', '*', '');

-- The log of changes. It is written by triggers, in the transaction of the change, so that no change is without its
-- entry. Who makes it is told by `pen`, which holds a row exactly while a batch of store::audit::Pen runs.
--
-- For a table of yours: copy the three triggers of `folder`; name every column that may be seen, JSON as json(…), no
-- secret; where a row stays though it is gone, do as for `link`. tests/edge/audit.test.mjs tells of a table or a column
-- without.
CREATE TABLE pen (
  single INTEGER PRIMARY KEY CHECK (single = 1),
  actor TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,               -- identifier of a key, a person's e-mail address, or what of the program's own
  kind TEXT NOT NULL,                -- what was changed
  target TEXT NOT NULL,              -- which
  action TEXT NOT NULL CHECK (action IN ('created', 'updated', 'deleted')),
  before TEXT,                       -- JSON: what of it was otherwise; all of what is gone
  after TEXT                         -- JSON: what of it is new
) STRICT;
CREATE INDEX audit_target ON audit (target, id);
CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_at ON audit (at, id);

CREATE VIEW audit_change AS SELECT kind, target, before, after FROM audit;
CREATE TRIGGER audit_change_kept INSTEAD OF INSERT ON audit_change WHEN new.before IS NOT new.after
BEGIN
  INSERT INTO audit (at, actor, kind, target, action, before, after)
  VALUES (
    coalesce((SELECT at FROM pen), unixepoch() * 1000),
    coalesce((SELECT actor FROM pen), 'database'),
    new.kind,
    new.target,
    CASE WHEN new.before IS NULL THEN 'created' WHEN new.after IS NULL THEN 'deleted' ELSE 'updated' END,
    iif(new.before IS NULL, NULL, (SELECT json_group_object(key, new.before -> key) FROM json_each(new.before)
      WHERE new.after IS NULL OR (new.before -> key) IS NOT (new.after -> key))),
    iif(new.after IS NULL, NULL, (SELECT json_group_object(key, new.after -> key) FROM json_each(new.after)
      WHERE new.before IS NULL OR (new.before -> key) IS NOT (new.after -> key))));
END;

-- A link that signs in opens what its person may see.
CREATE TRIGGER audit_sign_in_created AFTER INSERT ON sign_in
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('sign_in', new.member_id, NULL,
    json_object('role', new.role, 'expires_at', new.expires_at, 'uses_left', new.uses_left));
END;

CREATE TRIGGER audit_program_created AFTER INSERT ON program
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('program', new.id,
    NULL,
    json_object('name', new.name, 'url', new.url, 'currency', new.currency,
      'timezone', new.timezone, 'color', new.color,
      'allowed_hosts', json(new.allowed_hosts), 'fallback_url', new.fallback_url,
      'consent', new.consent, 'customer_names', new.customer_names,
      'policy', json(new.policy), 'settings', json(new.settings)));
END;

CREATE TRIGGER audit_program_changed AFTER UPDATE ON program
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('program', new.id,
    json_object('name', old.name, 'url', old.url, 'currency', old.currency,
      'timezone', old.timezone, 'color', old.color,
      'allowed_hosts', json(old.allowed_hosts), 'fallback_url', old.fallback_url,
      'consent', old.consent, 'customer_names', old.customer_names,
      'policy', json(old.policy), 'settings', json(old.settings)),
    json_object('name', new.name, 'url', new.url, 'currency', new.currency,
      'timezone', new.timezone, 'color', new.color,
      'allowed_hosts', json(new.allowed_hosts), 'fallback_url', new.fallback_url,
      'consent', new.consent, 'customer_names', new.customer_names,
      'policy', json(new.policy), 'settings', json(new.settings)));
END;

CREATE TRIGGER audit_program_removed AFTER DELETE ON program
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('program', old.id,
    json_object('name', old.name, 'url', old.url, 'currency', old.currency,
      'timezone', old.timezone, 'color', old.color,
      'allowed_hosts', json(old.allowed_hosts), 'fallback_url', old.fallback_url,
      'consent', old.consent, 'customer_names', old.customer_names,
      'policy', json(old.policy), 'settings', json(old.settings)),
    NULL);
END;

CREATE TRIGGER audit_member_created AFTER INSERT ON member
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('member', new.id,
    NULL,
    json_object('email', new.email, 'name', new.name, 'role', new.role,
      'partner_id', new.partner_id));
END;

CREATE TRIGGER audit_member_changed AFTER UPDATE ON member
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('member', new.id,
    json_object('email', old.email, 'name', old.name, 'role', old.role,
      'partner_id', old.partner_id),
    json_object('email', new.email, 'name', new.name, 'role', new.role,
      'partner_id', new.partner_id));
END;

CREATE TRIGGER audit_member_removed AFTER DELETE ON member
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('member', old.id,
    json_object('email', old.email, 'name', old.name, 'role', old.role,
      'partner_id', old.partner_id),
    NULL);
END;

CREATE TRIGGER audit_api_key_created AFTER INSERT ON api_key
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('key', new.id,
    NULL,
    json_object('name', new.name, 'kind', new.kind, 'scopes', new.scopes, 'hosts', json(new.hosts),
      'revoked_at', new.revoked_at));
END;

CREATE TRIGGER audit_api_key_changed AFTER UPDATE OF name, scopes, hosts, revoked_at ON api_key
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('key', new.id,
    json_object('name', old.name, 'kind', old.kind, 'scopes', old.scopes, 'hosts', json(old.hosts),
      'revoked_at', old.revoked_at),
    json_object('name', new.name, 'kind', new.kind, 'scopes', new.scopes, 'hosts', json(new.hosts),
      'revoked_at', new.revoked_at));
END;

CREATE TRIGGER audit_api_key_removed AFTER DELETE ON api_key
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('key', old.id,
    json_object('name', old.name, 'kind', old.kind, 'scopes', old.scopes, 'hosts', json(old.hosts),
      'revoked_at', old.revoked_at),
    NULL);
END;

CREATE TRIGGER audit_partner_created AFTER INSERT ON partner
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('partner', new.id,
    NULL,
    json_object('email', new.email, 'name', new.name, 'slug', new.slug, 'tenant_id', new.tenant_id,
      'kind', new.kind, 'group_id', new.group_id, 'image', new.image,
      'country', new.country, 'description', new.description));
END;

CREATE TRIGGER audit_partner_changed AFTER UPDATE ON partner
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('partner', new.id,
    json_object('email', old.email, 'name', old.name, 'slug', old.slug, 'tenant_id', old.tenant_id,
      'kind', old.kind, 'group_id', old.group_id, 'image', old.image,
      'country', old.country, 'description', old.description),
    json_object('email', new.email, 'name', new.name, 'slug', new.slug, 'tenant_id', new.tenant_id,
      'kind', new.kind, 'group_id', new.group_id, 'image', new.image,
      'country', new.country, 'description', new.description));
END;

CREATE TRIGGER audit_partner_removed AFTER DELETE ON partner
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('partner', old.id,
    json_object('email', old.email, 'name', old.name, 'slug', old.slug, 'tenant_id', old.tenant_id,
      'kind', old.kind, 'group_id', old.group_id, 'image', old.image,
      'country', old.country, 'description', old.description),
    NULL);
END;

CREATE TRIGGER audit_partner_group_created AFTER INSERT ON partner_group
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('group', new.id,
    NULL,
    json_object('name', new.name, 'utm', json(new.utm)));
END;

CREATE TRIGGER audit_partner_group_changed AFTER UPDATE ON partner_group
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('group', new.id,
    json_object('name', old.name, 'utm', json(old.utm)),
    json_object('name', new.name, 'utm', json(new.utm)));
END;

CREATE TRIGGER audit_partner_group_removed AFTER DELETE ON partner_group
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('group', old.id,
    json_object('name', old.name, 'utm', json(old.utm)),
    NULL);
END;

CREATE TRIGGER audit_coupon_created AFTER INSERT ON coupon
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('coupon', new.code,
    NULL,
    json_object('partner_id', new.partner_id, 'link_id', new.link_id, 'starts_at', new.starts_at,
      'ends_at', new.ends_at, 'products', json(new.products)));
END;

CREATE TRIGGER audit_coupon_changed AFTER UPDATE ON coupon
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('coupon', new.code,
    json_object('partner_id', old.partner_id, 'link_id', old.link_id, 'starts_at', old.starts_at,
      'ends_at', old.ends_at, 'products', json(old.products)),
    json_object('partner_id', new.partner_id, 'link_id', new.link_id, 'starts_at', new.starts_at,
      'ends_at', new.ends_at, 'products', json(new.products)));
END;

CREATE TRIGGER audit_coupon_removed AFTER DELETE ON coupon
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('coupon', old.code,
    json_object('partner_id', old.partner_id, 'link_id', old.link_id, 'starts_at', old.starts_at,
      'ends_at', old.ends_at, 'products', json(old.products)),
    NULL);
END;

CREATE TRIGGER audit_link_created AFTER INSERT ON link
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('link', new.id,
    NULL,
    iif(new.deleted_at IS NULL, json_object('key', new.key, 'partner_id', new.partner_id,
      'destination', new.destination, 'utm', json(new.utm), 'kind', new.kind,
      'title', new.title, 'comments', new.comments, 'external_id', new.external_id,
      'tenant_id', new.tenant_id, 'state', json(new.state),
      'rules', json_replace(new.rules, '$.password', 'set'), 'templates', new.templates,
      'description', new.description, 'image', new.image, 'proxy', new.proxy,
      'do_index', new.do_index, 'archived', new.archived, 'folder_id', new.folder_id,
      'updated_at', new.updated_at), NULL));
END;

CREATE TRIGGER audit_link_changed AFTER UPDATE ON link
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('link', new.id,
    iif(old.deleted_at IS NULL, json_object('key', old.key, 'partner_id', old.partner_id,
      'destination', old.destination, 'utm', json(old.utm), 'kind', old.kind,
      'title', old.title, 'comments', old.comments, 'external_id', old.external_id,
      'tenant_id', old.tenant_id, 'state', json(old.state),
      'rules', json_replace(old.rules, '$.password', 'set'), 'templates', old.templates,
      'description', old.description, 'image', old.image, 'proxy', old.proxy,
      'do_index', old.do_index, 'archived', old.archived, 'folder_id', old.folder_id,
      'updated_at', old.updated_at), NULL),
    iif(new.deleted_at IS NULL, json_object('key', new.key, 'partner_id', new.partner_id,
      'destination', new.destination, 'utm', json(new.utm), 'kind', new.kind,
      'title', new.title, 'comments', new.comments, 'external_id', new.external_id,
      'tenant_id', new.tenant_id, 'state', json(new.state),
      'rules', json_replace(new.rules, '$.password', 'set'), 'templates', new.templates,
      'description', new.description, 'image', new.image, 'proxy', new.proxy,
      'do_index', new.do_index, 'archived', new.archived, 'folder_id', new.folder_id,
      'updated_at', new.updated_at), NULL));
END;

CREATE TRIGGER audit_link_removed AFTER DELETE ON link
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('link', old.id,
    iif(old.deleted_at IS NULL, json_object('key', old.key, 'partner_id', old.partner_id,
      'destination', old.destination, 'utm', json(old.utm), 'kind', old.kind,
      'title', old.title, 'comments', old.comments, 'external_id', old.external_id,
      'tenant_id', old.tenant_id, 'state', json(old.state),
      'rules', json_replace(old.rules, '$.password', 'set'), 'templates', old.templates,
      'description', old.description, 'image', old.image, 'proxy', old.proxy,
      'do_index', old.do_index, 'archived', old.archived, 'folder_id', old.folder_id,
      'updated_at', old.updated_at), NULL),
    NULL);
END;

CREATE TRIGGER audit_link_tag_created AFTER INSERT ON link_tag
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('link_tag', new.link_id,
    NULL,
    json_object('tag_id', new.tag_id));
END;

CREATE TRIGGER audit_link_tag_removed AFTER DELETE ON link_tag
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('link_tag', old.link_id,
    json_object('tag_id', old.tag_id),
    NULL);
END;

CREATE TRIGGER audit_tag_created AFTER INSERT ON tag
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('tag', new.id,
    NULL,
    json_object('name', new.name, 'color', new.color));
END;

CREATE TRIGGER audit_tag_changed AFTER UPDATE ON tag
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('tag', new.id,
    json_object('name', old.name, 'color', old.color),
    json_object('name', new.name, 'color', new.color));
END;

CREATE TRIGGER audit_tag_removed AFTER DELETE ON tag
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('tag', old.id,
    json_object('name', old.name, 'color', old.color),
    NULL);
END;

CREATE TRIGGER audit_folder_created AFTER INSERT ON folder
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('folder', new.id,
    NULL,
    json_object('name', new.name, 'description', new.description, 'access_level', new.access_level));
END;

CREATE TRIGGER audit_folder_changed AFTER UPDATE ON folder
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('folder', new.id,
    json_object('name', old.name, 'description', old.description, 'access_level', old.access_level),
    json_object('name', new.name, 'description', new.description, 'access_level', new.access_level));
END;

CREATE TRIGGER audit_folder_removed AFTER DELETE ON folder
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('folder', old.id,
    json_object('name', old.name, 'description', old.description, 'access_level', old.access_level),
    NULL);
END;

CREATE TRIGGER audit_page_created AFTER INSERT ON page
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('page', new.id,
    NULL,
    json_object('partner_id', new.partner_id, 'slug', new.slug, 'draft', json(new.draft),
      'live', new.live));
END;

CREATE TRIGGER audit_page_changed AFTER UPDATE ON page
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('page', new.id,
    json_object('partner_id', old.partner_id, 'slug', old.slug, 'draft', json(old.draft),
      'live', old.live),
    json_object('partner_id', new.partner_id, 'slug', new.slug, 'draft', json(new.draft),
      'live', new.live));
END;

CREATE TRIGGER audit_page_removed AFTER DELETE ON page
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('page', old.id,
    json_object('partner_id', old.partner_id, 'slug', old.slug, 'draft', json(old.draft),
      'live', old.live),
    NULL);
END;

