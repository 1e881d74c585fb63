//! Customers, in Dub's shapes.

use serde::{Deserialize, Serialize};

use super::link::{Given, given};

/// `POST /customers` and `PATCH /customers/{id}`: what is left out stays, `null` takes away.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are Dub's; its reference describes them")]
pub struct CustomerFields {
    #[serde(deserialize_with = "given")]
    pub email: Given<String>,
    #[serde(deserialize_with = "given")]
    pub name: Given<String>,
    #[serde(deserialize_with = "given")]
    pub avatar: Given<String>,
    pub external_id: Option<String>,
    #[serde(deserialize_with = "given")]
    pub stripe_customer_id: Given<String>,
    #[serde(deserialize_with = "given")]
    pub country: Given<String>,
    /// Ours.
    #[serde(deserialize_with = "given")]
    pub company: Given<String>,
}

/// A customer.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are Dub's; its reference describes them")]
pub struct Customer {
    pub id: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub avatar: Option<String>,
    /// Our own identifier for whom no backend has named.
    pub external_id: String,
    pub stripe_customer_id: Option<String>,
    pub country: Option<String>,
    pub sales: u64,
    /// In the program's currency.
    pub sale_amount: i64,
    pub created_at: String,
    pub first_sale_at: Option<String>,
    pub subscription_canceled_at: Option<String>,
    /// Ours.
    pub company: Option<String>,
    /// With `includeExpandedFields`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program_id: Option<String>,
    /// With `includeExpandedFields`: where the customer came from, by the first touch of a partner's that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Given<super::LinkBrief>,
    /// With `includeExpandedFields`: whose that touch was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Given<CustomerPartner>,
    /// Ours: what was joined and taken apart, the oldest first; of one customer, not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joins: Option<Vec<Join>>,
}

/// The partner of a customer.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields are Dub's; its reference describes them")]
pub struct CustomerPartner {
    pub id: String,
    pub name: String,
    pub email: Option<String>,
    pub image: Option<String>,
}

/// Two customers who were found to be one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Join {
    /// Who is read as another.
    pub customer_id: String,
    /// Their identifier of the vendor's.
    pub external_id: Option<String>,
    /// Who they are read as.
    pub into_id: String,
    /// `email` or `click`, where a backend named for the first time whom a form had met; `stripe` where an event of Stripe's
    /// or a backend said whose a number of Stripe's is; `invoice` where one invoice names both; `hand` where somebody said so.
    pub why: String,
    /// What was said about it, or the key of the sale that names both.
    pub note: Option<String>,
    /// Who did it; `program` where it happened by itself.
    pub by: String,
    /// When, RFC 3339.
    pub at: String,
    /// Who took them apart again.
    pub undone_by: Option<String>,
    /// When, RFC 3339.
    pub undone_at: Option<String>,
}

/// `POST /customers/{id}/merge` and `POST /customers/{id}/unmerge`.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct MergeCustomer {
    /// Who is to be read as the customer of the path, or no longer: our identifier, or the vendor's behind `ext_`.
    pub customer_id: String,
    /// Why, in words.
    pub note: Option<String>,
}
