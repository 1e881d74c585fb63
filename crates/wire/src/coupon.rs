//! Coupons: `/api/discount-codes`, in the names of Dub's public API, with what ours adds.

use engine::{coupon::Reach, text::Coupon};
use serde::{Deserialize, Deserializer, Serialize};

use crate::fact::{Fault, key, time, write_time};

/// Prefix of a coupon's identifier: the code stands behind it, since a code is one coupon.
pub const PREFIX: &str = "dcode_";
/// Most products of one coupon.
pub const PRODUCTS_MAX: usize = 100;

/// `POST /api/discount-codes`.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreateCoupon {
    /// The code; made from the partner's name where it is missing.
    pub code: Option<String>,
    /// Whose it is.
    #[serde(default)]
    pub partner_id: String,
    /// The partner's link that it goes with; the partner's first where it is missing.
    pub link_id: Option<String>,
    /// Ours: from when on it holds (RFC 3339).
    pub starts_at: Option<String>,
    /// Ours: first moment at which it no longer holds (RFC 3339).
    pub ends_at: Option<String>,
    /// Ours: the sender's identifiers of the products that it is for; none for every product.
    pub products: Option<Vec<String>>,
}

impl CreateCoupon {
    /// How far it is to reach.
    ///
    /// # Errors
    /// As [`UpdateCoupon::over`].
    pub fn reach(&self) -> Result<Reach, Fault> {
        let Self { starts_at, ends_at, products, .. } = self.clone();
        UpdateCoupon { starts_at: Some(starts_at), ends_at: Some(ends_at), products, before: None }
            .over(Reach::default())
    }
}

/// `PATCH /api/discount-codes/{idOrCode}`: what is given is replaced, `null` takes a bound away, the rest stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct UpdateCoupon {
    /// From when on it holds (RFC 3339).
    #[serde(deserialize_with = "given")]
    pub starts_at: Option<Option<String>>,
    /// First moment at which it no longer holds (RFC 3339).
    #[serde(deserialize_with = "given")]
    pub ends_at: Option<Option<String>>,
    /// The sender's identifiers of the products that it is for; none for every product.
    pub products: Option<Vec<String>>,
    /// What whoever changes it has read: where the coupon is another by now, nothing is changed.
    pub before: Option<Box<Self>>,
}

/// `null` is something else than nothing.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl UpdateCoupon {
    /// What was there, changed as this says.
    ///
    /// # Errors
    /// Names the field: a time or product that cannot be, an end that does not lie behind the beginning, too many products.
    pub fn over(&self, before: Reach) -> Result<Reach, Fault> {
        let bound = |field, sent: &Option<Option<String>>, before| match sent {
            None => Ok(before),
            Some(None) => Ok(None),
            Some(Some(text)) => time(field, text).map(Some),
        };
        let reach = Reach {
            from: bound("startsAt", &self.starts_at, before.from)?,
            until: bound("endsAt", &self.ends_at, before.until)?,
            products: match &self.products {
                None => before.products,
                Some(list) if list.len() > PRODUCTS_MAX => {
                    return Err(Fault::new("products", format!("must be at most {PRODUCTS_MAX}")));
                }
                Some(list) => list.iter().map(|text| key("products", text)).collect::<Result<_, _>>()?,
            },
        };
        if reach.from.zip(reach.until).is_some_and(|(from, until)| until <= from) {
            return Err(Fault::new("endsAt", "must lie behind startsAt"));
        }
        Ok(reach)
    }
}

/// A coupon, as it is answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are Dub's; its reference describes them")]
pub struct DiscountCode {
    pub id: String,
    pub code: String,
    pub discount_id: Option<String>,
    pub partner_id: String,
    pub link_id: String,
    pub disabled_at: Option<String>,
    /// Ours: from when on it holds.
    pub starts_at: Option<String>,
    /// Ours: first moment at which it no longer holds.
    pub ends_at: Option<String>,
    /// Ours: the products that it is for; none for every product.
    pub products: Vec<String>,
}

impl DiscountCode {
    /// A coupon of a partner.
    #[must_use]
    pub fn new(code: String, partner_id: String, link_id: Option<String>, reach: Reach) -> Self {
        Self {
            id: format!("{PREFIX}{code}"),
            code,
            discount_id: None,
            partner_id,
            link_id: link_id.unwrap_or_default(),
            disabled_at: None,
            starts_at: reach.from.map(write_time),
            ends_at: reach.until.map(write_time),
            products: reach.products,
        }
    }
}

/// `DELETE /api/discount-codes/{idOrCode}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Deleted {
    /// What is gone.
    pub id: String,
}

/// The code that a path names, by itself or as an identifier.
///
/// # Errors
/// Names the field.
pub fn read(text: &str) -> Result<Coupon, Fault> {
    Coupon::new(text.strip_prefix(PREFIX).unwrap_or(text)).map_err(|error| Fault::new("idOrCode", error))
}

/// A code that may be given to a partner: none that could be taken for an identifier.
///
/// # Errors
/// Names the field.
pub fn new_code(text: &str) -> Result<Coupon, Fault> {
    let coupon = Coupon::new(text).map_err(|error| Fault::new("code", error))?;
    if coupon.as_str().to_ascii_lowercase().starts_with(PREFIX) {
        return Err(Fault::new("code", format!("must not begin with {PREFIX}")));
    }
    Ok(coupon)
}

#[cfg(test)]
mod tests {
    use engine::time::Millis;

    use super::*;

    fn over(json: &str) -> Result<Reach, Fault> {
        let before = Reach { from: Some(Millis(100_000_000_000)), until: None, products: vec!["pro".into()] };
        serde_json::from_str::<UpdateCoupon>(json).unwrap_or_default().over(before)
    }

    #[test]
    fn what_is_given_is_replaced_and_null_takes_away() {
        let reach = over(r#"{"startsAt":null,"endsAt":"2026-01-01T00:00:00Z"}"#).unwrap_or_default();
        assert_eq!((reach.from, reach.until), (None, Some(Millis(1_767_225_600_000))));
        assert_eq!(reach.products, ["pro"]);
        assert_eq!(over(r#"{"products":[]}"#).map(|reach| reach.products), Ok(Vec::new()));
    }

    #[test]
    fn faults_name_the_field() {
        for (json, field) in [
            (r#"{"startsAt":"soon"}"#, "startsAt"),
            (r#"{"endsAt":"2026-02-30T00:00:00Z"}"#, "endsAt"),
            (r#"{"endsAt":"1972-01-01T00:00:00Z"}"#, "endsAt"),
            (r#"{"products":[""]}"#, "products"),
        ] {
            assert_eq!(over(json).map_err(|fault| fault.field), Err(field), "{json}");
        }
    }

    #[test]
    fn an_identifier_is_the_code_behind_a_prefix() {
        assert_eq!(read("dcode_ada20").map(|c| c.as_str().to_owned()), Ok("ADA20".into()));
        assert_eq!(read(" ada20").map(|c| c.as_str().to_owned()), Ok("ADA20".into()));
        assert!(new_code("dcode_x").is_err() && new_code("").is_err() && read("dcode_").is_err());
    }
}
