-- What partners are paid: the terms, and the months that are closed.

-- Versions of the terms: crates/engine/src/commission/terms.rs. A version is added, and never changed.
CREATE TABLE terms (
  version INTEGER PRIMARY KEY,       -- counts up from 1
  since INTEGER NOT NULL,            -- the first sale that it judges
  rules TEXT NOT NULL,               -- JSON: engine::commission::Rule, in order
  created_at INTEGER NOT NULL
) STRICT;

-- Months that are closed, without a gap from the first on.
CREATE TABLE closed_month (
  month TEXT PRIMARY KEY,            -- 2026-10, in the program's time zone
  until INTEGER NOT NULL,            -- the first moment of the next
  created_at INTEGER NOT NULL
) STRICT;

-- What a closed month states: written with it, and never again (engine::commission::close).
CREATE TABLE statement (
  month TEXT NOT NULL REFERENCES closed_month (month),
  partner_id TEXT NOT NULL REFERENCES partner (id),
  currency TEXT NOT NULL,
  part INTEGER NOT NULL,             -- 0, 1, …: a row holds so much
  sheet TEXT NOT NULL,               -- all parts together are JSON: engine::commission::close::Sheet
  PRIMARY KEY (month, partner_id, currency, part)
) STRICT;
CREATE INDEX statement_partner ON statement (partner_id, month);

CREATE TRIGGER statement_stays BEFORE UPDATE ON statement
BEGIN
  SELECT RAISE(ABORT, 'a closed month is never written again');
END;
CREATE TRIGGER statement_kept BEFORE DELETE ON statement
BEGIN
  SELECT RAISE(ABORT, 'a closed month is never taken away');
END;
-- Terms do not change what is closed, whatever requests meet.
CREATE TRIGGER terms_after_closed BEFORE INSERT ON terms
WHEN EXISTS (SELECT 1 FROM closed_month WHERE until > new.since)
BEGIN
  SELECT RAISE(ABORT, 'terms begin in a closed month');
END;

CREATE TRIGGER audit_terms_created AFTER INSERT ON terms
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('terms', new.version,
    NULL,
    json_object('since', new.since, 'rules', json(new.rules)));
END;

CREATE TRIGGER audit_terms_changed AFTER UPDATE ON terms
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('terms', new.version,
    json_object('since', old.since, 'rules', json(old.rules)),
    json_object('since', new.since, 'rules', json(new.rules)));
END;

CREATE TRIGGER audit_terms_removed AFTER DELETE ON terms
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('terms', old.version,
    json_object('since', old.since, 'rules', json(old.rules)),
    NULL);
END;

CREATE TRIGGER audit_closed_month_created AFTER INSERT ON closed_month
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('month', new.month,
    NULL,
    json_object('until', new.until));
END;

CREATE TRIGGER audit_closed_month_changed AFTER UPDATE ON closed_month
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('month', new.month,
    json_object('until', old.until),
    json_object('until', new.until));
END;

CREATE TRIGGER audit_closed_month_removed AFTER DELETE ON closed_month
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('month', old.month,
    json_object('until', old.until),
    NULL);
END;
