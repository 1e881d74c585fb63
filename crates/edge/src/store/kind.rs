//! What leaves as a file that other programs open: kinds of rows, with columns that say what they are. Times are
//! RFC 3339 in UTC, amounts whole numbers of minor units with their currency beside them.

use super::pages::Source;
use crate::access::Permission;

/// A kind of rows.
pub struct Kind {
    /// The word that asks for it.
    pub word: &'static str,
    /// What it takes to read it, beside `facts:read`.
    pub needs: Permission,
    /// Names, and what they hold.
    pub columns: &'static [(&'static str, &'static str)],
    from: &'static str,
    key: &'static [&'static str],
    /// When, in milliseconds.
    time: &'static str,
}

/// A time as it is written.
macro_rules! at {
    ($column:literal) => {
        concat!("strftime('%Y-%m-%dT%H:%M:%fZ', ", $column, " / 1000.0, 'unixepoch')")
    };
}

/// Identifier and name of a partner, and the vendor's name of a customer.
const PARTNER: &str = "(SELECT name FROM partner WHERE partner.id = t.partner_id)";
const CUSTOMER: &str = "(SELECT external_id FROM customer WHERE customer.id = t.customer_id)";
/// Whether a refund `t` counts: it may have come before its sale, and not fit it.
const REFUND_STATE: &str = "CASE WHEN t.kind = 'refund' THEN coalesce((SELECT CASE
      WHEN s.currency <> t.currency THEN 'other currency'
      WHEN (SELECT root_id FROM customer WHERE id = s.customer_id) <> (SELECT root_id FROM customer WHERE id = t.customer_id)
        THEN 'other customer'
      WHEN s.amount < (SELECT sum(r.amount) FROM revenue AS r WHERE r.refund_of = s.key AND (r.at, r.key) <= (t.at, t.key))
        THEN 'exceeds its sale'
      ELSE 'counted' END FROM revenue AS s WHERE s.key = t.refund_of AND s.kind <> 'refund'),
    iif(t.refund_of IS NULL, 'counted', 'waiting')) END";
const ROWID: &[&str] = &["t.rowid"];
/// The whole text of a statement, of which `t` is the first part.
macro_rules! sheet {
    ($path:literal) => {
        concat!(
            "(SELECT group_concat(p.sheet, '' ORDER BY p.part) FROM statement AS p WHERE p.month = t.month
              AND p.partner_id = t.partner_id AND p.currency = t.currency) ->> '$.",
            $path,
            "'"
        )
    };
}
const STEP: &[(&str, &str)] = &[
    ("key", "t.key"),
    ("at", at!("t.at")),
    ("kind", "t.kind"),
    ("customerId", "t.customer_id"),
    ("customer", CUSTOMER),
    ("opportunityId", "t.opportunity_id"),
    ("clickId", "t.click"),
    ("eventName", "t.event_name"),
    ("amount", "t.amount"),
    ("currency", "t.currency"),
    ("metadata", "t.metadata"),
    ("recordedAt", at!("t.recorded_at")),
];

/// Every kind.
pub const KINDS: &[Kind] = &[
    Kind {
        word: "touches",
        needs: Permission::FactsRead,
        columns: &[
            ("key", "t.key"),
            ("at", at!("t.at")),
            ("kind", "t.kind"),
            ("mark", "t.mark"),
            ("partnerId", "t.partner_id"),
            ("partner", PARTNER),
            ("linkId", "t.link_id"),
            ("link", "(SELECT link.key FROM link WHERE link.id = t.link_id)"),
            ("channel", "t.channel"),
            ("utmSource", "t.utm ->> '$.source'"),
            ("utmMedium", "t.utm ->> '$.medium'"),
            ("utmCampaign", "t.campaign"),
            ("utmTerm", "t.utm ->> '$.term'"),
            ("utmContent", "t.utm ->> '$.content'"),
            ("coupon", "t.coupon"),
            ("visitor", "t.visitor"),
            ("customerId", "t.customer_id"),
            ("customer", CUSTOMER),
            ("source", "t.source"),
            ("recordedAt", at!("t.recorded_at")),
        ],
        from: "touch AS t",
        key: ROWID,
        time: "t.at",
    },
    Kind {
        word: "leads",
        needs: Permission::FactsRead,
        columns: STEP,
        from: "milestone AS t",
        key: ROWID,
        time: "iif(t.kind LIKE 'lead.%', t.at, NULL)",
    },
    Kind {
        word: "opportunities",
        needs: Permission::FactsRead,
        columns: STEP,
        from: "milestone AS t",
        key: ROWID,
        time: "iif(t.kind LIKE 'opportunity.%', t.at, NULL)",
    },
    Kind {
        word: "sales",
        needs: Permission::FactsRead,
        columns: &[
            ("key", "t.key"),
            ("at", at!("t.at")),
            ("kind", "(SELECT k.kind FROM revenue_kind AS k WHERE k.key = t.key)"),
            ("customerId", "t.customer_id"),
            ("customer", CUSTOMER),
            ("amount", "t.amount"),
            ("currency", "t.currency"),
            ("invoice", "t.invoice"),
            ("product", "t.product"),
            ("refundOf", "t.refund_of"),
            ("refundState", REFUND_STATE),
            ("opportunityId", "t.opportunity_id"),
            ("recurring", "t.recurring"),
            ("clickId", "t.click"),
            ("eventName", "t.event_name"),
            ("processor", "t.processor"),
            ("metadata", "t.metadata"),
            ("recordedAt", at!("t.recorded_at")),
        ],
        from: "revenue AS t",
        key: ROWID,
        time: "t.at",
    },
    Kind {
        word: "facts",
        needs: Permission::FactsRead,
        columns: &[
            ("key", "t.key"),
            ("at", at!("t.at")),
            ("type", "t.type"),
            ("kind", "t.kind"),
            ("partnerId", "t.partner_id"),
            ("partner", PARTNER),
            ("customerId", "t.customer_id"),
            ("customer", CUSTOMER),
            ("integration", "t.integration"),
            ("name", "t.name"),
            ("amount", "t.amount"),
            ("currency", "t.currency"),
            ("firstDay", "date(t.first_day * 86400, 'unixepoch')"),
            ("nextDay", "date(t.next_day * 86400, 'unixepoch')"),
            ("recordedAt", at!("t.recorded_at")),
        ],
        from: "fact AS t",
        key: ROWID,
        time: "t.at",
    },
    Kind {
        word: "clicks",
        needs: Permission::FactsRead,
        columns: &[
            ("day", "date(t.day * 86400, 'unixepoch')"),
            ("partnerId", "nullif(t.partner_id, '')"),
            ("partner", PARTNER),
            ("linkId", "nullif(t.link_id, '')"),
            ("utmCampaign", "t.campaign"),
            ("kind", "t.kind"),
            ("mark", "t.mark"),
            ("count", "t.count"),
        ],
        from: "click_day AS t",
        key: &["t.partner_id", "t.day", "t.link_id", "t.campaign", "t.kind", "t.mark"],
        time: "t.day * 86400000",
    },
    Kind {
        word: "customers",
        needs: Permission::CustomersRead,
        columns: &[
            ("id", "t.id"),
            ("externalId", "t.external_id"),
            ("name", "t.name"),
            ("email", "t.email"),
            ("company", "t.company"),
            ("country", "t.country"),
            ("stripeCustomerId", "t.stripe_id"),
            ("joinedTo", "t.joined_to"),
            ("createdAt", at!("t.created_at")),
            ("deletedAt", at!("t.deleted_at")),
        ],
        from: "customer AS t",
        key: ROWID,
        time: "t.created_at",
    },
    Kind {
        word: "partners",
        needs: Permission::PartnersRead,
        columns: &[
            ("id", "t.id"),
            ("name", "t.name"),
            ("email", "t.email"),
            ("username", "t.slug"),
            ("tenantId", "t.tenant_id"),
            ("kind", "t.kind"),
            ("group", "(SELECT name FROM partner_group AS g WHERE g.id = t.group_id)"),
            ("country", "t.country"),
            ("description", "t.description"),
            ("image", "t.image"),
            ("createdAt", at!("t.created_at")),
        ],
        from: "partner AS t",
        key: ROWID,
        time: "t.created_at",
    },
    Kind {
        word: "links",
        needs: Permission::LinksRead,
        columns: &[
            ("id", "t.id"),
            ("key", "t.key"),
            ("url", "t.destination"),
            ("partnerId", "t.partner_id"),
            ("partner", PARTNER),
            ("kind", "t.kind"),
            ("state", "t.state ->> '$.state'"),
            ("title", "t.title"),
            ("comments", "t.comments"),
            ("externalId", "t.external_id"),
            ("tenantId", "t.tenant_id"),
            ("folder", "(SELECT name FROM folder WHERE folder.id = t.folder_id)"),
            (
                "tags",
                "(SELECT group_concat(g.name, ', ' ORDER BY g.name) FROM link_tag JOIN tag AS g ON g.id = link_tag.tag_id
                  WHERE link_tag.link_id = t.id)",
            ),
            ("archived", "t.archived"),
            ("createdAt", at!("t.created_at")),
            ("updatedAt", at!("t.updated_at")),
            ("deletedAt", at!("t.deleted_at")),
        ],
        from: "link AS t",
        key: ROWID,
        time: "t.created_at",
    },
    Kind {
        word: "coupons",
        needs: Permission::CouponsRead,
        columns: &[
            ("code", "t.code"),
            ("partnerId", "t.partner_id"),
            ("partner", PARTNER),
            ("linkId", "t.link_id"),
            ("startsAt", at!("t.starts_at")),
            ("endsAt", at!("t.ends_at")),
            ("products", "t.products"),
            ("createdAt", at!("t.created_at")),
        ],
        from: "coupon AS t",
        key: ROWID,
        time: "t.created_at",
    },
    Kind {
        word: "deals",
        needs: Permission::DealsRead,
        columns: &[
            ("id", "t.id"),
            ("partnerId", "t.partner_id"),
            ("partner", PARTNER),
            ("state", "t.state"),
            ("stage", "t.stage"),
            ("reason", "t.reason"),
            ("company", "t.details ->> '$.company'"),
            ("website", "t.details ->> '$.website'"),
            ("contactName", "t.details ->> '$.contactName'"),
            ("contactEmail", "t.details ->> '$.contactEmail'"),
            ("amount", "t.details ->> '$.amount'"),
            ("currency", "t.details ->> '$.currency'"),
            ("expectedClose", "t.details ->> '$.expectedClose'"),
            ("product", "t.details ->> '$.product'"),
            ("notes", "t.details ->> '$.notes'"),
            ("protectedUntil", at!("t.protected_until")),
            ("opportunityId", "t.opportunity_id"),
            ("wonAmount", "t.won_amount"),
            ("wonCurrency", "t.won_currency"),
            ("wonInvoice", "t.won_invoice"),
            ("closedAt", at!("t.closed_at")),
            ("createdAt", at!("t.created_at")),
            ("updatedAt", at!("t.updated_at")),
        ],
        from: "deal AS t",
        key: ROWID,
        time: "t.created_at",
    },
    Kind {
        word: "statements",
        needs: Permission::StatementsRead,
        columns: &[
            ("month", "t.month"),
            ("partnerId", "t.partner_id"),
            ("partner", PARTNER),
            ("currency", "t.currency"),
            ("closedAt", at!("m.created_at")),
            (
                "owedBefore",
                concat!(sheet!("before.earned"), " - ", sheet!("before.clawedBack"), " - ", sheet!("before.paid")),
            ),
            ("correctionEarned", sheet!("correction.earned")),
            ("correctionClawedBack", sheet!("correction.clawedBack")),
            ("correctionPaid", sheet!("correction.paid")),
            ("earned", sheet!("movement.earned")),
            ("clawedBack", sheet!("movement.clawedBack")),
            ("approved", sheet!("movement.approved")),
            ("paid", sheet!("movement.paid")),
        ],
        from: "statement AS t JOIN closed_month AS m ON m.month = t.month",
        key: ROWID,
        // The last moment of the month, of the first part only.
        time: "iif(t.part = 0, m.until - 1, NULL)",
    },
];

impl Kind {
    /// The kind that a word asks for.
    pub fn of(word: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.word == word)
    }

    /// The names of its columns.
    pub fn names(&self) -> Vec<&'static str> {
        self.columns.iter().map(|(name, _)| *name).collect()
    }

    /// Where its rows come from.
    pub fn source(&self) -> Source {
        let columns: Vec<_> = self.columns.iter().map(|(name, value)| format!("{value} AS \"{name}\"")).collect();
        Source {
            columns: columns.join(", "),
            from: self.from.into(),
            key: self.key.iter().map(|key| (*key).to_owned()).collect(),
            time: self.time.into(),
            size: 1_000,
        }
    }
}
