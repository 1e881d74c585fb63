-- Partners who have left the program: deactivated, or banned with a reason. No fact is changed: their links lead on, and
-- what is left of their commission says crates/engine/src/commission/away.rs.

CREATE TABLE standing (
  partner_id TEXT NOT NULL REFERENCES partner (id),
  since INTEGER NOT NULL,
  until INTEGER,                     -- NULL: until now
  state TEXT NOT NULL CHECK (state IN ('deactivated', 'banned')),
  reason TEXT,                       -- of a ban, in Dub's words
  PRIMARY KEY (partner_id, since),
  CHECK ((state = 'banned') = (reason IS NOT NULL)),
  CHECK (until >= since)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX standing_now ON standing (partner_id) WHERE until IS NULL;

-- Whoever has left gets neither links nor coupons, whatever requests meet.
CREATE TRIGGER link_of_who_left BEFORE INSERT ON link
WHEN EXISTS (SELECT 1 FROM standing WHERE partner_id = new.partner_id AND until IS NULL)
BEGIN
  SELECT RAISE(ABORT, 'partner has left');
END;
CREATE TRIGGER link_to_who_left BEFORE UPDATE OF partner_id ON link
WHEN new.partner_id IS NOT old.partner_id
  AND EXISTS (SELECT 1 FROM standing WHERE partner_id = new.partner_id AND until IS NULL)
BEGIN
  SELECT RAISE(ABORT, 'partner has left');
END;
CREATE TRIGGER coupon_of_who_left BEFORE INSERT ON coupon
WHEN EXISTS (SELECT 1 FROM standing WHERE partner_id = new.partner_id AND until IS NULL)
BEGIN
  SELECT RAISE(ABORT, 'partner has left');
END;

-- A touch of whoever had left when it happened does not count, through whichever door it comes and however late. The order
-- of two triggers on one insert is nobody's to say, so the one that counts does this, too, behind its count; the change of
-- the mark is counted by touch_recounted.
DROP TRIGGER touch_counted;
CREATE TRIGGER touch_counted AFTER INSERT ON touch WHEN new.source <> 'claim'
BEGIN
  INSERT INTO click_day (day, partner_id, link_id, campaign, kind, mark, count)
  VALUES (new.at / 86400000, coalesce(new.partner_id, ''), coalesce(new.link_id, ''), new.campaign, new.kind, new.mark, 1)
  ON CONFLICT DO UPDATE SET count = count + 1;
  UPDATE touch SET mark = 'ended' WHERE key = new.key AND new.mark = 'counted' AND EXISTS (SELECT 1 FROM standing
    WHERE partner_id = new.partner_id AND since <= new.at AND (until IS NULL OR new.at < until));
END;

CREATE TRIGGER touch_claimed AFTER INSERT ON touch WHEN new.source = 'claim' AND new.mark = 'counted'
BEGIN
  UPDATE touch SET mark = 'ended' WHERE key = new.key AND EXISTS (SELECT 1 FROM standing
    WHERE partner_id = new.partner_id AND since <= new.at AND (until IS NULL OR new.at < until));
END;

-- The same of a touch that would count by what is learned later. No trigger calls itself, so it is counted here as what it
-- comes to.
DROP TRIGGER touch_recounted;
CREATE TRIGGER touch_recounted AFTER UPDATE OF campaign, kind, mark ON touch
WHEN new.source <> 'claim' AND (old.campaign, old.kind, old.mark) <> (new.campaign, new.kind, new.mark)
BEGIN
  UPDATE click_day SET count = count - 1
  WHERE day = old.at / 86400000 AND partner_id = coalesce(old.partner_id, '') AND link_id = coalesce(old.link_id, '')
    AND campaign = old.campaign AND kind = old.kind AND mark = old.mark;
  UPDATE touch SET mark = 'ended' WHERE key = new.key AND new.mark = 'counted' AND EXISTS (SELECT 1 FROM standing
    WHERE partner_id = new.partner_id AND since <= new.at AND (until IS NULL OR new.at < until));
  INSERT INTO click_day (day, partner_id, link_id, campaign, kind, mark, count)
  SELECT new.at / 86400000, coalesce(new.partner_id, ''), coalesce(new.link_id, ''), new.campaign, new.kind, mark, 1
  FROM touch WHERE key = new.key
  ON CONFLICT DO UPDATE SET count = count + 1;
END;

-- As 0008_access.sql describes.
CREATE TRIGGER audit_standing_created AFTER INSERT ON standing
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('standing', new.partner_id,
    NULL,
    json_object('since', new.since, 'until', new.until, 'state', new.state, 'reason', new.reason));
END;
CREATE TRIGGER audit_standing_changed AFTER UPDATE ON standing
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('standing', new.partner_id,
    json_object('since', old.since, 'until', old.until, 'state', old.state, 'reason', old.reason),
    json_object('since', new.since, 'until', new.until, 'state', new.state, 'reason', new.reason));
END;
CREATE TRIGGER audit_standing_removed AFTER DELETE ON standing
BEGIN
  INSERT INTO audit_change (kind, target, before, after) VALUES ('standing', old.partner_id,
    json_object('since', old.since, 'until', old.until, 'state', old.state, 'reason', old.reason),
    NULL);
END;
