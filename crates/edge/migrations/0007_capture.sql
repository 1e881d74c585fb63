-- What a page of the vendor's own captures, and how far a coupon reaches.

ALTER TABLE touch ADD COLUMN channel TEXT;   -- engine::fact::Channel; NULL where it was not asked
ALTER TABLE touch ADD COLUMN others TEXT;    -- JSON: click identifiers of other systems, by the parameter's name

ALTER TABLE coupon ADD COLUMN link_id TEXT REFERENCES link (id); -- the link that it goes with
ALTER TABLE coupon ADD COLUMN starts_at INTEGER;  -- NULL: always
ALTER TABLE coupon ADD COLUMN ends_at INTEGER;    -- first moment at which it no longer holds; NULL: never
ALTER TABLE coupon ADD COLUMN products TEXT NOT NULL DEFAULT '[]'; -- JSON array of the vendor's identifiers; none: every product
