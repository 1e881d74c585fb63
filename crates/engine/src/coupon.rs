//! Coupons: whether one holds for what it is redeemed for.

use crate::time::Millis;

/// How far a coupon reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// From when on it holds; `None` for always.
    pub from: Option<Millis>,
    /// First moment at which it no longer holds; `None` for never.
    pub until: Option<Millis>,
    /// The vendor's identifiers of the products that it is for; empty for every product.
    pub products: Vec<String>,
}

/// What becomes of a coupon that somebody names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It holds: its partner is credited.
    Credited,
    /// Nobody's.
    Unknown,
    /// Its time has not come.
    Early,
    /// Its time is over.
    Expired,
    /// It is for other products.
    OtherProduct,
}

impl Verdict {
    /// The written word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Credited => "credited",
            Self::Unknown => "unknown",
            Self::Early => "not_yet_valid",
            Self::Expired => "expired",
            Self::OtherProduct => "other_product",
        }
    }
}

impl Reach {
    /// Whether the coupon holds at a time, from [`Reach::from`] on and before [`Reach::until`], and for a product. What does
    /// not say which product it is for is none of a coupon that is for some only.
    #[must_use]
    pub fn verdict(&self, at: Millis, product: Option<&str>) -> Verdict {
        if self.holds(at) != Verdict::Credited {
            return self.holds(at);
        }
        let fits = self.products.is_empty() || self.products.iter().any(|own| Some(own.as_str()) == product);
        if fits { Verdict::Credited } else { Verdict::OtherProduct }
    }

    /// Whether the coupon holds at a time, whatever for: when it is shown, nothing has been bought yet.
    #[must_use]
    pub fn holds(&self, at: Millis) -> Verdict {
        if self.from.is_some_and(|from| at < from) {
            Verdict::Early
        } else if self.until.is_some_and(|until| at >= until) {
            Verdict::Expired
        } else {
            Verdict::Credited
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coupon_holds_within_its_time_and_for_its_products() {
        let always = Reach::default();
        let spring = Reach { from: Some(Millis(10)), until: Some(Millis(20)), products: Vec::new() };
        let pro = Reach { products: vec!["pro".into(), "team".into()], ..spring.clone() };
        for (reach, at, product, expect) in [
            (&always, 0, None, Verdict::Credited),
            (&always, u64::MAX, Some("pro"), Verdict::Credited),
            (&spring, 9, None, Verdict::Early),
            (&spring, 10, None, Verdict::Credited),
            (&spring, 19, Some("basic"), Verdict::Credited),
            (&spring, 20, None, Verdict::Expired),
            (&pro, 15, Some("pro"), Verdict::Credited),
            (&pro, 15, Some("team"), Verdict::Credited),
            (&pro, 15, Some("Pro"), Verdict::OtherProduct),
            (&pro, 15, None, Verdict::OtherProduct),
            (&pro, 9, Some("basic"), Verdict::Early),
            (&pro, 20, Some("pro"), Verdict::Expired),
        ] {
            assert_eq!(reach.verdict(Millis(at), product), expect, "{reach:?} {at} {product:?}");
        }
        assert_eq!(pro.holds(Millis(15)), Verdict::Credited);
    }
}
