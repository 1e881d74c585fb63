//! The columns of other systems' exports.
//!
//! Names are compared without case, spaces and punctuation: `Invoice ID`, `invoiceId` and `invoice_id` are one. A list names
//! what a system calls a field in its exports, its importer and its API, the best first. Where they come from:
//! - Dub: `COMMISSION_EXPORT_COLUMNS` in <https://github.com/dubinc/dub/blob/main/apps/web/lib/zod/schemas/commissions.ts>,
//!   of which customer and partner must be ticked when exporting. Amounts are cents, in newer versions with their sign.
//! - PartnerStack: the tables of
//!   <https://support.partnerstack.com/hc/en-us/articles/360058412814-Learning-more-about-your-partners> ("Customer name,
//!   transaction amount, …, created") and the fields of <https://docs.partnerstack.com/docs/universal-importer>.
//! - Rewardful: commissions with their sale, and referrals, as in <https://developers.rewardful.com/rest-api/overview>, the
//!   import sheet of <https://help.rewardful.com/en/articles/1988486-how-do-i-import-data-into-rewardful>.
//! - FirstPromoter: commissions and referrals (leads) as in <https://docs.firstpromoter.com/api-reference-v2>.
//!
//! Of three of them no list of the exports' columns is public: a file whose columns are called otherwise is refused with the
//! names that it has, and takes a mapping.

use std::collections::BTreeMap;

use super::mapping::{Field, Mapping, Units};
use crate::fact::Fault;

type Names = &'static [(Field, &'static [&'static str])];

const DUB: Names = &[
    (Field::Type, &["type"]),
    (Field::Id, &["id"]),
    (Field::Invoice, &["invoiceid"]),
    (Field::At, &["createdat"]),
    (Field::Amount, &["amount"]),
    (Field::Currency, &["currency"]),
    (Field::Status, &["status"]),
    (Field::Customer, &["customerexternalid"]),
    (Field::StripeCustomer, &["customerstripeid", "stripecustomerid"]),
    (Field::Email, &["customeremail"]),
    (Field::Name, &["customername"]),
    (Field::Partner, &["partnertenantid"]),
    (Field::PartnerEmail, &["partneremail"]),
];

const PARTNERSTACK: Names = &[
    (Field::Id, &["transactionkey", "transactionid", "key", "id"]),
    (Field::Invoice, &["invoiceid", "invoice"]),
    (Field::At, &["transactiondate", "createdat", "created", "createdon", "submittedon", "submitted"]),
    (Field::Amount, &["transactionamount", "amount", "amountusd"]),
    (Field::Currency, &["currency", "transactioncurrency"]),
    (Field::Status, &["transactionstatus", "approvalstatus"]),
    (Field::Customer, &["customerexternalkey", "externalkey", "customerkey"]),
    (Field::StripeCustomer, &["providerkey", "customerproviderkey"]),
    (Field::Email, &["customeremail", "email"]),
    (Field::Name, &["customername", "customer", "name"]),
    (Field::Partner, &["partnerexternalkey", "partnerkey", "partnershipkey"]),
    (Field::PartnerEmail, &["partneremail", "partnershipemail"]),
    (Field::Product, &["productkey"]),
];

const REWARDFUL: Names = &[
    (Field::Id, &["saleid", "commissionid", "referralid", "id"]),
    (Field::Invoice, &["stripeinvoiceid", "invoiceid"]),
    (Field::Charge, &["stripechargeid", "chargeid", "salestripechargeid"]),
    (
        Field::At,
        &[
            "chargedat",
            "salechargedat",
            "saledate",
            "invoicedat",
            "becameconversionat",
            "becameleadat",
            "createdat",
            "created",
        ],
    ),
    (Field::Amount, &["saleamountcents", "saleamount", "chargeamountcents"]),
    (Field::Refunded, &["refundamountcents", "refundamount", "salerefundamountcents"]),
    (Field::Currency, &["salecurrency", "currency"]),
    (Field::Status, &["state", "status"]),
    (Field::StripeCustomer, &["stripecustomerid", "customerid"]),
    (Field::Email, &["customeremail", "referralemail", "leademail"]),
    (Field::Name, &["customername", "referralname", "customer"]),
    (Field::PartnerEmail, &["affiliateemail"]),
    (Field::Link, &["linktoken", "affiliatetoken", "token", "via"]),
    (Field::Coupon, &["couponcode", "coupontoken", "coupon"]),
];

const FIRSTPROMOTER: Names = &[
    (Field::Id, &["eventid", "commissionid", "referralid", "id"]),
    (Field::Charge, &["chargeid"]),
    (Field::Invoice, &["invoiceid"]),
    (Field::At, &["saledate", "customersince", "createdat", "created", "date"]),
    (Field::Amount, &["originalsaleamount", "saleamount"]),
    (Field::Currency, &["originalsalecurrency", "salecurrency", "currency"]),
    (Field::Status, &["status", "state"]),
    (Field::Customer, &["referraluid", "customeruid", "leaduid", "uid"]),
    (Field::Email, &["referralemail", "customeremail", "leademail", "email"]),
    (Field::Name, &["referralname", "customername", "leadname", "name"]),
    (Field::PartnerEmail, &["promoteremail", "affiliateemail"]),
    (Field::Link, &["reftoken", "refid", "promoterrefid", "defaultrefid"]),
    (Field::Coupon, &["couponcode", "promocode"]),
    (Field::Product, &["planid", "plan"]),
];

/// A system whose exports are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// <https://dub.co>
    Dub,
    /// <https://partnerstack.com>
    PartnerStack,
    /// <https://www.rewardful.com>
    Rewardful,
    /// <https://firstpromoter.com>
    FirstPromoter,
}

impl Preset {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Dub, Self::PartnerStack, Self::Rewardful, Self::FirstPromoter];

    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dub => "dub",
            Self::PartnerStack => "partnerstack",
            Self::Rewardful => "rewardful",
            Self::FirstPromoter => "firstpromoter",
        }
    }

    /// The one with this word.
    ///
    /// # Errors
    /// Names all there are.
    pub fn from_word(word: &str) -> Result<Self, Fault> {
        Self::ALL.into_iter().find(|preset| preset.word() == word).ok_or_else(|| {
            let words: Vec<&str> = Self::ALL.iter().map(|preset| preset.word()).collect();
            Fault::new("preset", format!("must be one of {}", words.join(", ")))
        })
    }

    const fn names(self) -> Names {
        match self {
            Self::Dub => DUB,
            Self::PartnerStack => PARTNERSTACK,
            Self::Rewardful => REWARDFUL,
            Self::FirstPromoter => FIRSTPROMOTER,
        }
    }

    /// The mapping of a file with this header.
    ///
    /// # Errors
    /// Names what the header must have.
    pub fn mapping(self, header: &[String]) -> Result<Mapping, Fault> {
        let plain: Vec<String> = header.iter().map(|name| bare(name)).collect();
        let find = |names: &[&str]| names.iter().find_map(|name| plain.iter().position(|column| column == name));
        let columns = self.names().iter().filter_map(|(field, names)| Some((*field, header[find(names)?].clone())));
        let columns: BTreeMap<Field, String> = columns.collect();
        let missing = |fields: &[Field]| {
            let known = self.names().iter().filter(|(field, _)| fields.contains(field));
            let names: Vec<&str> = known.flat_map(|(_, names)| names.iter().copied()).collect();
            let rule = format!(
                "an export of {} has one of the columns {}; this file has {}",
                self.word(),
                names.join(", "),
                header.join(", ")
            );
            Fault::new("preset", rule)
        };
        let whose = [Field::Customer, Field::StripeCustomer, Field::Email];
        if !whose.iter().any(|field| columns.contains_key(field)) {
            return Err(missing(&whose));
        }
        if !columns.contains_key(&Field::At) {
            return Err(missing(&[Field::At]));
        }
        let cents = columns.get(&Field::Amount).is_some_and(|name| bare(name).ends_with("cents"));
        // What Dub documents; the others say nothing of it.
        let units = match self {
            _ if cents => Units::Minor,
            Self::Dub => Units::Auto,
            Self::PartnerStack | Self::Rewardful | Self::FirstPromoter => Units::Open,
        };
        Ok(Mapping { columns, units: Some(units), ..Mapping::default() })
    }
}

/// A column's name, for comparison.
#[must_use]
pub fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
