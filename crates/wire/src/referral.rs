//! `POST /api/referrals`: "why is my referral missing?", asked by what a partner knows of it.

use engine::{
    link::{CLICK_PARAM, query_value},
    text::{Coupon, Slug},
};
use serde::{Deserialize, Serialize};

use crate::{
    fact::{self, Fault},
    token,
};

/// Most characters of what is asked about: an address with a token fits.
pub const ABOUT_MAX: usize = 2_000;
/// Most touches of an answer, the latest.
pub const TOUCHES_MAX: u32 = 100;

/// `POST /api/referrals`: in the body and not in the address, since addresses are written down on the way.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct AskReferral {
    /// A customer's e-mail address, a click's token or an address that carries one, a coupon's code, or a short link.
    pub about: String,
    /// The partner whose referral it is; a partner's people may leave it out.
    pub partner_id: Option<String>,
}

/// What a text is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A customer by their address, in lower case.
    Email(String),
    /// What may be a click's token.
    Token(String),
    /// A short link, by its host where one stands before it.
    Link(Option<String>, Slug),
    /// A word: a coupon's code or a link's last part.
    Name(String),
}

impl Subject {
    /// Reads what somebody typed.
    ///
    /// # Errors
    /// Names the field `about`: empty, too long, or none of what can be asked about.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let fault = |rule: &str| Fault::new("about", rule);
        let text = text.trim();
        if text.is_empty() {
            return Err(fault("is required"));
        }
        if text.chars().count() > ABOUT_MAX || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(fault("must be one address, token, code or link"));
        }
        let bare = text.split_once("://").map_or(text, |(_, rest)| rest).split('#').next().unwrap_or_default();
        let (path, query) = bare.split_once('?').unwrap_or((bare, bare));
        if let Some(token) = query_value(query, CLICK_PARAM) {
            return Ok(Self::Token(token));
        }
        if text.contains('@') && !text.contains('/') {
            return fact::email("about", text).map(Self::Email);
        }
        if let Some((host, slug)) = path.trim_end_matches('/').split_once('/') {
            let slug = Slug::new(slug).map_err(|_| fault("must be a short link, or carry a click's token"))?;
            return Ok(Self::Link(Some(host.to_lowercase()).filter(|host| !host.is_empty()), slug));
        }
        if text.len() > Slug::MAX && text.len() <= token::TOKEN_MAX {
            return Ok(Self::Token(text.to_owned()));
        }
        if Coupon::new(text).is_err() && Slug::new(text).is_err() {
            return Err(fault("must be an e-mail address, a click's token, a coupon's code or a short link"));
        }
        Ok(Self::Name(text.to_owned()))
    }
}

/// What is recorded of the referral. What is another partner's, nobody's, or not there at all makes one and the same answer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Referral {
    /// As what it was read: `email`, `click`, `coupon`, `link`, or `name` for a word that is neither of the partner's.
    pub kind: String,
    /// Whether something of the partner's is recorded of it.
    pub known: bool,
    /// The partner's touches: of the customer with the address, or the click. The latest first, and no more than a hundred.
    pub touches: Vec<ReferralTouch>,
    /// Of a click: whether its visitor has become somebody.
    pub identified: bool,
    /// The code of a coupon, or the key of a link, as the feed has them.
    pub key: Option<String>,
    /// Of a link: `live`, `paused` or `retired`.
    pub state: Option<String>,
    /// Of a coupon: since when it is the partner's, RFC 3339.
    pub since: Option<String>,
    /// Of a coupon: from when on it holds.
    pub starts_at: Option<String>,
    /// Of a coupon: first moment at which it no longer holds.
    pub ends_at: Option<String>,
}

/// A touch by which the feed's is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReferralTouch {
    /// When, RFC 3339.
    pub at: String,
    /// What it was.
    pub kind: String,
    /// Whether it counts, or why not.
    pub mark: String,
    /// Key of its link.
    pub link: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_paste_is_read() {
        let token = "A".repeat(90);
        let link = |host: Option<&str>| Slug::new("ada").map(|slug| Subject::Link(host.map(str::to_owned), slug)).ok();
        for (text, expected) in [
            (" Jane@Acme.example ", Some(Subject::Email("jane@acme.example".into()))),
            (&*token, Some(Subject::Token(token.clone()))),
            (&format!("https://acme.example/a?x=1&trb_id={token}#top"), Some(Subject::Token(token.clone()))),
            (&format!("trb_id={token}"), Some(Subject::Token(token.clone()))),
            ("https://go.Example/ada", link(Some("go.example"))),
            ("go.example:8080/Ada/?utm_source=x", link(Some("go.example:8080"))),
            ("/ada", link(None)),
            ("SAVE10", Some(Subject::Name("SAVE10".into()))),
        ] {
            assert_eq!(Subject::read(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_nothing_to_ask_about_names_the_field() {
        let long = format!("https://acme.example/{}", "x".repeat(ABOUT_MAX));
        for text in [
            "",
            "  ",
            "two words",
            "a\u{7}b",
            "jane@",
            "@acme.example",
            "a@b@c.example",
            "jane@acme",
            "https://acme.example/a/b",
            "/",
            "%%%",
            &long,
        ] {
            assert_eq!(Subject::read(text).map_err(|fault| fault.field.to_string()), Err("about".to_owned()), "{text}");
        }
    }
}
