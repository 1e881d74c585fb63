-- E-mail: written in the transaction of what it tells of, as values; the words are made of them when it is sent, or
-- read where there is nothing to send it with.

CREATE TABLE outbox (
  id TEXT PRIMARY KEY,               -- mail_…
  kind TEXT NOT NULL CHECK (kind IN ('sign_in', 'deal_decided', 'statement')),
  recipient TEXT NOT NULL,           -- e-mail address, lower case
  data TEXT NOT NULL,                -- JSON: crates/edge/src/outgoing/mail.rs; no secret
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL DEFAULT 0, -- of one that is pending: not before then; while it is sent, the end of its lease
  until INTEGER NOT NULL,            -- not after then
  lease TEXT,                        -- of the run that sends it
  answer TEXT,                       -- why it was not taken
  created_at INTEGER NOT NULL,
  settled_at INTEGER                 -- when it was taken or given up
) STRICT;
CREATE INDEX outbox_due ON outbox (next_at) WHERE state = 'pending';
CREATE INDEX outbox_recipient ON outbox (recipient, created_at);
CREATE INDEX outbox_created ON outbox (created_at);
CREATE INDEX outbox_lease ON outbox (lease) WHERE lease IS NOT NULL;

-- What became of a deal, to the partner's people.
CREATE TRIGGER deal_decided AFTER UPDATE OF state ON deal
WHEN new.state IN ('approved', 'rejected') AND old.state IN ('submitted', 'rejected') AND old.state <> new.state
BEGIN
  INSERT INTO outbox (id, kind, recipient, data, until, created_at)
  SELECT 'mail_0' || substr(hex(randomblob(13)), 2), 'deal_decided', m.email,
    json_object('name', m.name, 'company', new.details ->> '$.company',
      'approved', json(iif(new.state = 'approved', 'true', 'false')),
      'reason', new.reason, 'until', new.protected_until),
    new.updated_at + 259200000, new.updated_at
  FROM member AS m WHERE m.partner_id = new.partner_id;
END;
