-- Partners whom a file enrols, with their links and coupons: what an import wrote of them is noted as the rest is
-- (0012_imports.sql), so that it can be taken back.

CREATE TRIGGER import_wrote_partner AFTER INSERT ON partner WHEN EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT INTO import_wrote (import_id, kind, key) SELECT import_id, 'partner', new.id FROM importing;
END;
CREATE TRIGGER import_wrote_link AFTER INSERT ON link WHEN EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT INTO import_wrote (import_id, kind, key) SELECT import_id, 'link', new.id FROM importing;
END;
CREATE TRIGGER import_wrote_coupon AFTER INSERT ON coupon WHEN EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT INTO import_wrote (import_id, kind, key) SELECT import_id, 'coupon', new.code FROM importing;
END;
CREATE TRIGGER import_wrote_fact AFTER INSERT ON fact WHEN EXISTS (SELECT 1 FROM importing)
BEGIN
  INSERT INTO import_wrote (import_id, kind, key) SELECT import_id, 'fact', new.key FROM importing;
END;

-- Who is taken back goes with their people; as long as a partner is there, somebody stays who can let others in.
CREATE TRIGGER partner_takes_people AFTER DELETE ON partner
BEGIN
  DELETE FROM member WHERE partner_id = old.id;
END;
DROP TRIGGER member_last_removed;
CREATE TRIGGER member_last_removed BEFORE DELETE ON member
WHEN old.role IN ('owner', 'partner_admin') AND NOT EXISTS (
    SELECT 1 FROM member WHERE role = old.role AND partner_id IS old.partner_id AND id <> old.id)
  AND (old.partner_id IS NULL OR EXISTS (SELECT 1 FROM partner WHERE id = old.partner_id))
BEGIN
  SELECT RAISE(ABORT, 'last member of its role');
END;
