-- Who asks to be let into the program, by the form at /portal/apply, and what was decided.
CREATE TABLE application (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  company TEXT NOT NULL,
  website TEXT,
  message TEXT,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'declined')),
  partner_id TEXT REFERENCES partner (id), -- whom they became
  reason TEXT,
  decided_by TEXT,
  decided_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  CHECK ((state = 'waiting') = (decided_at IS NULL)),
  CHECK ((state = 'approved') = (partner_id IS NOT NULL))
) STRICT;
-- Who asks again before it is decided has said something else, once.
CREATE UNIQUE INDEX application_waiting ON application (email) WHERE state = 'waiting';
CREATE INDEX application_state ON application (state, created_at);

CREATE TRIGGER audit_application_created AFTER INSERT ON application
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('application', new.id,
    NULL,
    json_object('email', new.email, 'name', new.name, 'company', new.company, 'website', new.website, 'message', new.message, 'state', new.state, 'partner_id', new.partner_id, 'reason', new.reason));
END;

CREATE TRIGGER audit_application_changed AFTER UPDATE ON application
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('application', new.id,
    json_object('email', old.email, 'name', old.name, 'company', old.company, 'website', old.website, 'message', old.message, 'state', old.state, 'partner_id', old.partner_id, 'reason', old.reason),
    json_object('email', new.email, 'name', new.name, 'company', new.company, 'website', new.website, 'message', new.message, 'state', new.state, 'partner_id', new.partner_id, 'reason', new.reason));
END;

CREATE TRIGGER audit_application_removed AFTER DELETE ON application
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('application', old.id,
    json_object('email', old.email, 'name', old.name, 'company', old.company, 'website', old.website, 'message', old.message, 'state', old.state, 'partner_id', old.partner_id, 'reason', old.reason),
    NULL);
END;
