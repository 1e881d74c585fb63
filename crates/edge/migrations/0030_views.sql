-- Views of the console that somebody gave a name: the program's people share them.
CREATE TABLE view (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  query TEXT NOT NULL,               -- of the console's address, without its mark
  made_by TEXT NOT NULL,             -- who, as the log of changes has it
  created_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER audit_view_created AFTER INSERT ON view
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('view', new.id,
    NULL,
    json_object('name', new.name, 'query', new.query, 'made_by', new.made_by));
END;

CREATE TRIGGER audit_view_changed AFTER UPDATE ON view
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('view', new.id,
    json_object('name', old.name, 'query', old.query, 'made_by', old.made_by),
    json_object('name', new.name, 'query', new.query, 'made_by', new.made_by));
END;

CREATE TRIGGER audit_view_removed AFTER DELETE ON view
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('view', old.id,
    json_object('name', old.name, 'query', old.query, 'made_by', old.made_by),
    NULL);
END;
