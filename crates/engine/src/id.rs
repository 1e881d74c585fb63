//! Identifiers of fixed length: 128 bits, of which the first 48 are the milliseconds of creation and 80 are random (the
//! layout of a ULID), written as a prefix and 26 characters of Crockford's base 32. One type a noun, so that a link's
//! identifier cannot stand where a partner's is meant.

use core::{fmt, hash, marker::PhantomData, str::FromStr};

use crate::time::Millis;

/// What an identifier names. The prefix is part of the written form (`pn_…`).
pub trait Noun {
    /// Prefix of the written form, without the underscore.
    const PREFIX: &'static str;
}

macro_rules! nouns {
    ($($(#[$doc:meta])* $noun:ident, $alias:ident, $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $noun {}
        impl Noun for $noun {
            const PREFIX: &'static str = $prefix;
        }
        $(#[$doc])*
        pub type $alias = Id<$noun>;
    )*};
}

nouns! {
    /// A partner of the program.
    PartnerNoun, PartnerId, "pn";
    /// A tracked link.
    LinkNoun, LinkId, "link";
    /// A touch: its identifier is its time and its nonce, so a click's token names it.
    TouchNoun, TouchId, "clk";
    /// A customer of the program.
    CustomerNoun, CustomerId, "cus";
    /// The program itself.
    ProgramNoun, ProgramId, "prog";
    /// An API key.
    KeyNoun, KeyId, "key";
    /// A person of the program or of a partner.
    MemberNoun, MemberId, "mem";
    /// A tag of links.
    TagNoun, TagId, "tag";
    /// A folder of links.
    FolderNoun, FolderId, "fold";
    /// A group of partners.
    GroupNoun, GroupId, "grp";
    /// A landing page.
    PageNoun, PageId, "page";
    /// A deal that a partner registered.
    DealNoun, DealId, "deal";
    /// An introduction, or help to sell.
    HelpNoun, HelpId, "help";
    /// Something that looks like fraud.
    SuspicionNoun, SuspicionId, "susp";
    /// The commission of a sale.
    CommissionNoun, CommissionId, "cm";
    /// A file that was brought in.
    ImportNoun, ImportId, "imp";
    /// One showing of a form.
    FormNoun, FormId, "form";
    /// Where webhooks go.
    WebhookNoun, WebhookId, "wh";
    /// What a webhook tells.
    MessageNoun, MessageId, "msg";
    /// A message on its way to one endpoint.
    DeliveryNoun, DeliveryId, "dlv";
    /// An e-mail.
    MailNoun, MailId, "mail";
    /// A view of the console that has a name.
    ViewNoun, ViewId, "view";
    /// Somebody who asks to be let into the program.
    ApplicationNoun, ApplicationId, "app";
}

/// A 128-bit identifier of one noun.
pub struct Id<N>(u128, PhantomData<fn() -> N>);

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters behind the prefix.
const LENGTH: usize = 26;

/// A text that is not an identifier of the noun that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnId;

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is not an identifier of this kind")
    }
}

impl core::error::Error for NotAnId {}

impl<N> Id<N> {
    /// Joins a time (48 bits of milliseconds are kept) and 80 random bits.
    #[must_use]
    pub fn new(at: Millis, nonce: [u8; 10]) -> Self {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&at.0.to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&nonce);
        Self::from_bytes(bytes)
    }

    /// The identifier with these bytes, big-endian.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes), PhantomData)
    }

    /// The bytes, big-endian.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// When the identifier was made, in milliseconds.
    #[must_use]
    pub fn at(self) -> Millis {
        Millis((self.0 >> 80) as u64)
    }
}

impl<N> Clone for Id<N> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<N> Copy for Id<N> {}
impl<N> PartialEq for Id<N> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<N> Eq for Id<N> {}
impl<N> PartialOrd for Id<N> {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<N> Ord for Id<N> {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<N> hash::Hash for Id<N> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<N: Noun> fmt::Display for Id<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; LENGTH];
        for (i, slot) in text.iter_mut().enumerate() {
            let shift = 5 * (LENGTH - 1 - i);
            *slot = ALPHABET[(self.0 >> shift) as usize & 31];
        }
        write!(f, "{}_{}", N::PREFIX, String::from_utf8_lossy(&text))
    }
}

impl<N: Noun> fmt::Debug for Id<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<N: Noun> FromStr for Id<N> {
    type Err = NotAnId;

    /// Reads the written form, upper case only: one identifier has one spelling.
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let rest = text.strip_prefix(N::PREFIX).and_then(|rest| rest.strip_prefix('_')).ok_or(NotAnId)?;
        if rest.len() != LENGTH {
            return Err(NotAnId);
        }
        let mut value: u128 = 0;
        for (i, byte) in rest.bytes().enumerate() {
            let digit = ALPHABET.iter().position(|c| *c == byte).ok_or(NotAnId)?;
            // 26 digits of 5 bits are 130: the first may only carry three.
            if i == 0 && digit > 7 {
                return Err(NotAnId);
            }
            value = value << 5 | digit as u128;
        }
        Ok(Self(value, PhantomData))
    }
}

impl<N: Noun> serde::Serialize for Id<N> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, N: Noun> serde::Deserialize<'de> for Id<N> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl<N> schemars::JsonSchema for Id<N> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_form_is_read_back() {
        let id = PartnerId::new(Millis(1_700_000_000_123), [7, 0, 255, 1, 2, 3, 4, 5, 6, 9]);
        let text = id.to_string();
        assert_eq!(text.len(), 29);
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(id.at(), Millis(1_700_000_000_123));
    }

    #[test]
    fn another_noun_or_spelling_is_refused() {
        let text = PartnerId::new(Millis(1), [255; 10]).to_string();
        assert!(text.parse::<LinkId>().is_err());
        assert!(text.to_lowercase().parse::<PartnerId>().is_err());
        assert!("pn_8ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse::<PartnerId>().is_err());
        assert!("pn_".parse::<PartnerId>().is_err());
    }
}
