-- The partner whose own people made a link; NULL: the program's people, whose comments on it stay among them.
ALTER TABLE link ADD COLUMN made_by TEXT REFERENCES partner (id);
