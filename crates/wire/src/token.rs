//! Identifiers that prove themselves: tokens of a click, a widget, a form and a preview.
//!
//! A token is base64url (RFC 4648 §5, no padding) of a body and a tag. The tag is HMAC-SHA-256 (RFC 2104, FIPS 198-1) over
//! a word that names the purpose and the body, truncated to its first 128 bits (RFC 2104 §5 allows no less than 80), and is
//! compared in constant time. So a token of one purpose can never pass for another's.
//!
//! | bytes | click, version 1 | widget, version 1 |
//! |---|---|---|
//! | 0 | version 1 | version 1 |
//! | 1 | key | key |
//! | 2 | bit 0: consent; bits 1 to 3: kind | 0 |
//! | … | touch 16, link 16 (zeros: none), partner 16 | partner 16, expiry in seconds 4, nonce 8 |
//! | last 16 | tag | tag |
//!
//! The kind says what the touch was: 1 click, 2 landing page, 3 coupon, 4 listing. 0, as all tokens had it once, does not say
//! so, and neither does a number that is not known here.
//!
//! A form's token holds the identifier of one showing of it, 16 bytes behind the same three, and so when that was; a preview's
//! the page, 16 bytes, and its expiry in seconds, 4.
//!
//! A click's token has 90 characters (at most 120 are promised), and its time and nonce are the touch's identifier.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use engine::{
    fact::TouchKind,
    id::{FormId, LinkId, PageId, PartnerId, TouchId},
    link::Claim,
    time::{Millis, Time},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Most characters of a token.
pub const TOKEN_MAX: usize = 120;
/// How long a click's token credits: as long as its cookie lives.
pub const CLICK_DAYS: u32 = 90;
/// How far a token's time may lie ahead of the clock of whoever checks it.
const SKEW_MS: u64 = 5 * 60 * 1000;
const TAG: usize = 16;
const VERSION: u8 = 1;
const CONSENT: u8 = 1;
/// Kinds of touches by their number, from 1 on.
const KINDS: [TouchKind; 4] = [TouchKind::Click, TouchKind::Landing, TouchKind::Coupon, TouchKind::Listing];

/// Why a token credits nobody. Callers give one calm answer to all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenError {
    /// Not base64url, of another length, or of a version that is not known.
    Malformed,
    /// Signed with a key that is not accepted.
    UnknownKey,
    /// The tag does not fit.
    Forged,
    /// Past its life, or from the future.
    Expired,
}

/// The keys that sign and check. Two may be accepted at once, so that one can be replaced while tokens of the other live.
#[derive(Clone)]
pub struct Keys {
    signing: Key,
    retired: Option<Key>,
}

#[derive(Clone)]
struct Key {
    id: u8,
    secret: [u8; 32],
}

/// Why the keys in the environment cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadKeys;

impl core::fmt::Display for BadKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("must be one or two of k<number 0–255>:<64 hexadecimal digits>, separated by a comma, with different numbers")
    }
}

impl core::error::Error for BadKeys {}

impl Keys {
    /// Reads `k<id>:<64 hex digits>[,k<id>:<64 hex digits>]`: the first signs, both are accepted.
    ///
    /// # Errors
    /// More than two, one number twice, or anything that is not of this form.
    pub fn parse(text: &str) -> Result<Self, BadKeys> {
        let mut keys = text.split(',').map(|part| Key::parse(part.trim()));
        let signing = keys.next().ok_or(BadKeys)??;
        let retired = keys.next().transpose()?;
        if keys.next().is_some() || retired.as_ref().is_some_and(|key| key.id == signing.id) {
            return Err(BadKeys);
        }
        Ok(Self { signing, retired })
    }

    /// The number of the key that signs.
    #[must_use]
    pub fn signing(&self) -> u8 {
        self.signing.id
    }

    /// A secret that follows from a key, and so is stored nowhere: `purpose` names what for, and ends with a space.
    /// `None` when the key of this number is not accepted any more.
    #[must_use]
    pub fn derive(&self, key: u8, purpose: &str, what: &str) -> Option<[u8; 32]> {
        Some(self.find(key)?.mac(purpose.as_bytes(), what.as_bytes()).finalize().into_bytes().into())
    }

    fn find(&self, id: u8) -> Option<&Key> {
        core::iter::once(&self.signing).chain(&self.retired).find(|key| key.id == id)
    }

    fn seal(&self, purpose: &[u8], mut body: Vec<u8>) -> String {
        let tag = self.signing.mac(purpose, &body).finalize().into_bytes();
        body.extend_from_slice(&tag[..TAG]);
        BASE64.encode(body)
    }

    fn open(&self, purpose: &[u8], token: &str, length: usize) -> Result<Vec<u8>, TokenError> {
        if token.len() > TOKEN_MAX {
            return Err(TokenError::Malformed);
        }
        let mut bytes = BASE64.decode(token).map_err(|_| TokenError::Malformed)?;
        if bytes.len() != length + TAG || bytes[0] != VERSION {
            return Err(TokenError::Malformed);
        }
        let tag = bytes.split_off(length);
        let key = self.find(bytes[1]).ok_or(TokenError::UnknownKey)?;
        // `verify_truncated_left` compares in constant time.
        key.mac(purpose, &bytes).verify_truncated_left(&tag).map_err(|_| TokenError::Forged)?;
        Ok(bytes)
    }
}

impl Key {
    fn parse(text: &str) -> Result<Self, BadKeys> {
        let (id, hex) = text.strip_prefix('k').and_then(|rest| rest.split_once(':')).ok_or(BadKeys)?;
        let mut secret = [0; 32];
        if hex.len() != 64 || !hex.is_ascii() {
            return Err(BadKeys);
        }
        for (i, byte) in secret.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).map_err(|_| BadKeys)?;
        }
        Ok(Self { id: id.parse().map_err(|_| BadKeys)?, secret })
    }

    fn mac(&self, purpose: &[u8], body: &[u8]) -> Hmac<Sha256> {
        mac(&self.secret).chain_update(purpose).chain_update(body)
    }
}

/// HMAC-SHA-256 with a key of 32 bytes.
#[must_use]
pub fn mac(secret: &[u8; 32]) -> Hmac<Sha256> {
    // RFC 2104 §2: a key shorter than the hash's block is filled up with zeros.
    let mut block = [0; 64];
    block[..32].copy_from_slice(secret);
    <Hmac<Sha256> as KeyInit>::new(&block.into())
}

const CLICK: &[u8] = b"tributary click ";
const CLICK_BODY: usize = 3 + 16 * 3;
const WIDGET: &[u8] = b"tributary widget ";
const WIDGET_BODY: usize = 3 + 16 + 4 + 8;

/// Signs a click.
#[must_use]
pub fn sign_click(keys: &Keys, claim: &Claim) -> String {
    let mut body = Vec::with_capacity(CLICK_BODY + TAG);
    body.extend([VERSION, keys.signing.id, flags(claim)]);
    body.extend(claim.touch.to_bytes());
    body.extend(claim.link.map_or([0; 16], LinkId::to_bytes));
    body.extend(claim.partner.to_bytes());
    keys.seal(CLICK, body)
}

fn flags(claim: &Claim) -> u8 {
    let kind = claim.kind.and_then(|kind| (1..).zip(KINDS).find(|(_, known)| *known == kind));
    let consent = if claim.consent { CONSENT } else { 0 };
    consent | kind.map_or(0, |(number, _)| number << 1)
}

/// Reads a click's token.
///
/// # Errors
/// [`TokenError`]: anything that was not signed by an accepted key, or is older than [`CLICK_DAYS`].
pub fn verify_click(keys: &Keys, token: &str, now: Millis) -> Result<Claim, TokenError> {
    let body = keys.open(CLICK, token, CLICK_BODY)?;
    let part = |i: usize| <[u8; 16]>::try_from(&body[i..i + 16]).map_err(|_| TokenError::Malformed);
    let link = part(19)?;
    let claim = Claim {
        touch: TouchId::from_bytes(part(3)?),
        link: (link != [0; 16]).then(|| LinkId::from_bytes(link)),
        partner: PartnerId::from_bytes(part(35)?),
        consent: body[2] & CONSENT != 0,
        kind: (1..).zip(KINDS).find(|(number, _)| *number == (body[2] >> 1) & 7).map(|(_, kind)| kind),
    };
    if is_alive(claim.touch.at(), now) { Ok(claim) } else { Err(TokenError::Expired) }
}

fn is_alive(at: Millis, now: Millis) -> bool {
    let life = u64::from(CLICK_DAYS) * 24 * 60 * 60 * 1000;
    at.0 <= now.0 + SKEW_MS && at.0 + life >= now.0
}

/// Lets a page show one partner's report until `expires`.
#[must_use]
pub fn sign_widget(keys: &Keys, partner: PartnerId, expires: Time, nonce: [u8; 8]) -> String {
    let mut body = Vec::with_capacity(WIDGET_BODY + TAG);
    body.extend([VERSION, keys.signing.id, 0]);
    body.extend(partner.to_bytes());
    body.extend(expires.0.to_be_bytes());
    body.extend(nonce);
    keys.seal(WIDGET, body)
}

/// Whose report a widget's token opens.
///
/// # Errors
/// [`TokenError`]: anything that was not signed by an accepted key, or has expired.
pub fn verify_widget(keys: &Keys, token: &str, now: Time) -> Result<PartnerId, TokenError> {
    let body = keys.open(WIDGET, token, WIDGET_BODY)?;
    let partner = <[u8; 16]>::try_from(&body[3..19]).map_err(|_| TokenError::Malformed)?;
    let expires = <[u8; 4]>::try_from(&body[19..23]).map_err(|_| TokenError::Malformed)?;
    if u32::from_be_bytes(expires) <= now.0 { Err(TokenError::Expired) } else { Ok(PartnerId::from_bytes(partner)) }
}

const FORM: &[u8] = b"tributary form ";
const FORM_BODY: usize = 3 + 16;

/// Names one showing of a form, and when it was.
#[must_use]
pub fn sign_form(keys: &Keys, form: FormId) -> String {
    let mut body = Vec::with_capacity(FORM_BODY + TAG);
    body.extend([VERSION, keys.signing.id, 0]);
    body.extend(form.to_bytes());
    keys.seal(FORM, body)
}

/// Reads a form's token: which showing, and by its time, when.
///
/// # Errors
/// [`TokenError`]: anything that was not signed by an accepted key, or is from the future or older than [`CLICK_DAYS`].
pub fn verify_form(keys: &Keys, token: &str, now: Millis) -> Result<FormId, TokenError> {
    let body = keys.open(FORM, token, FORM_BODY)?;
    let form = FormId::from_bytes(<[u8; 16]>::try_from(&body[3..]).map_err(|_| TokenError::Malformed)?);
    if is_alive(form.at(), now) { Ok(form) } else { Err(TokenError::Expired) }
}

const PREVIEW: &[u8] = b"tributary preview ";
const PREVIEW_BODY: usize = 3 + 16 + 4;

/// Shows a page's draft until `expires`.
#[must_use]
pub fn sign_preview(keys: &Keys, page: PageId, expires: Time) -> String {
    let mut body = Vec::with_capacity(PREVIEW_BODY + TAG);
    body.extend([VERSION, keys.signing.id, 0]);
    body.extend(page.to_bytes());
    body.extend(expires.0.to_be_bytes());
    keys.seal(PREVIEW, body)
}

/// Whose draft a preview's token shows.
///
/// # Errors
/// [`TokenError`]: anything that was not signed by an accepted key, or has expired.
pub fn verify_preview(keys: &Keys, token: &str, now: Time) -> Result<PageId, TokenError> {
    let body = keys.open(PREVIEW, token, PREVIEW_BODY)?;
    let page = <[u8; 16]>::try_from(&body[3..19]).map_err(|_| TokenError::Malformed)?;
    let expires = <[u8; 4]>::try_from(&body[19..23]).map_err(|_| TokenError::Malformed)?;
    if u32::from_be_bytes(expires) <= now.0 { Err(TokenError::Expired) } else { Ok(PageId::from_bytes(page)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "k1:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const NEW: &str = "k2:f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff000102030405060708090a0b0c0d0e0f";
    const NOW: Millis = Millis(1_795_000_000_000);

    fn keys(text: &str) -> Keys {
        Keys::parse(text).unwrap_or_else(|e| unreachable!("{e}"))
    }

    fn claim() -> Claim {
        Claim {
            touch: TouchId::new(NOW, [9; 10]),
            link: Some(LinkId::from_bytes([1; 16])),
            partner: PartnerId::from_bytes([2; 16]),
            consent: true,
            kind: Some(TouchKind::Click),
        }
    }

    #[test]
    fn a_click_is_read_back_and_is_short() {
        let keys = keys(OLD);
        let kinds = [None].into_iter().chain(KINDS.map(Some)).map(|kind| Claim { kind, ..claim() });
        for claim in kinds.chain([Claim { link: None, consent: false, ..claim() }]) {
            let token = sign_click(&keys, &claim);
            assert_eq!(token.len(), 90);
            assert_eq!(verify_click(&keys, &token, NOW), Ok(claim));
        }
        // What a fact alone reports is no click's: a token of it does not say.
        let token = sign_click(&keys, &Claim { kind: Some(TouchKind::Webinar), ..claim() });
        assert_eq!(verify_click(&keys, &token, NOW), Ok(Claim { kind: None, ..claim() }));
    }

    #[test]
    fn golden_tokens_of_every_version_keep_decoding() {
        let first = include_str!("../../../tests/vectors/tokens.tsv");
        let kinds = include_str!("../../../tests/vectors/tokens-kinds.tsv");
        let mut seen = 0;
        for line in first.lines().chain(kinds.lines()).filter(|line| !line.starts_with('#')) {
            let fields: Vec<&str> = line.split('\t').collect();
            let [kind, key, token, now, expect] = fields[..] else { unreachable!("{line}") };
            let keys = keys(key);
            let now: u64 = now.parse().unwrap_or_default();
            let got = match kind {
                "click" => verify_click(&keys, token, Millis(now)).map(|c| {
                    let link = c.link.map_or("-".into(), |link| link.to_string());
                    let kind = c.kind.map(|kind| format!(" {}", kind.word())).unwrap_or_default();
                    format!("{} {link} {} {}{kind}", c.touch, c.partner, c.consent)
                }),
                "widget" => verify_widget(&keys, token, Millis(now).time()).map(|p| p.to_string()),
                "form" => verify_form(&keys, token, Millis(now)).map(|form| form.to_string()),
                "preview" => verify_preview(&keys, token, Millis(now).time()).map(|page| page.to_string()),
                _ => unreachable!("{line}"),
            };
            assert_eq!(got.unwrap_or_else(|e| format!("{e:?}")), expect, "{line}");
            seen += 1;
        }
        assert!(seen >= 16);
    }

    #[test]
    fn no_changed_or_truncated_token_passes() {
        let keys = keys(OLD);
        let token = sign_click(&keys, &claim());
        for i in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[i] = if changed[i] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8_lossy(&changed).into_owned();
            assert!(verify_click(&keys, &changed, NOW).is_err(), "changed at {i}");
            assert!(verify_click(&keys, &token[..i], NOW).is_err(), "cut at {i}");
        }
        assert_eq!(verify_click(&keys, &format!("{token}AAAA"), NOW), Err(TokenError::Malformed));
        assert_eq!(verify_click(&keys, &"A".repeat(5000), NOW), Err(TokenError::Malformed));
    }

    #[test]
    fn a_token_lives_as_long_as_its_cookie() {
        let keys = keys(OLD);
        let token = sign_click(&keys, &claim());
        let day = 24 * 60 * 60 * 1000;
        assert!(verify_click(&keys, &token, Millis(NOW.0 + 90 * day)).is_ok());
        assert_eq!(verify_click(&keys, &token, Millis(NOW.0 + 90 * day + 1)), Err(TokenError::Expired));
        assert_eq!(verify_click(&keys, &token, Millis(NOW.0 - day)), Err(TokenError::Expired));
    }

    #[test]
    fn keys_rotate() {
        let (old, new, both) = (keys(OLD), keys(NEW), keys(&format!("{NEW},{OLD}")));
        let token = sign_click(&old, &claim());
        assert!(verify_click(&both, &token, NOW).is_ok());
        assert_eq!(verify_click(&new, &token, NOW), Err(TokenError::UnknownKey));
        assert!(verify_click(&new, &sign_click(&both, &claim()), NOW).is_ok());
        for bad in
            ["", "k1", "k1:00", "k300:00", &format!("{OLD},{OLD}"), &format!("{OLD},{NEW},k3:{}", "0".repeat(64))]
        {
            assert_eq!(Keys::parse(bad).err(), Some(BadKeys), "{bad}");
        }
    }

    #[test]
    fn forms_and_previews_prove_themselves_and_pass_for_nothing_else() {
        let keys = keys(OLD);
        let form = FormId::new(NOW, [7; 10]);
        let token = sign_form(&keys, form);
        assert_eq!(verify_form(&keys, &token, NOW), Ok(form));
        assert_eq!(verify_form(&keys, &token, Millis(NOW.0 + 91 * 86_400_000)), Err(TokenError::Expired));
        assert!(verify_form(&keys, &token[1..], NOW).is_err() && verify_click(&keys, &token, NOW).is_err());
        let page = PageId::from_bytes([9; 16]);
        let token = sign_preview(&keys, page, Time(100));
        assert_eq!(verify_preview(&keys, &token, Time(99)), Ok(page));
        assert_eq!(verify_preview(&keys, &token, Time(100)), Err(TokenError::Expired));
        assert!(verify_form(&keys, &token, NOW).is_err() && verify_widget(&keys, &token, Time(0)).is_err());
    }

    #[test]
    fn a_widgets_token_is_no_clicks_token() {
        let keys = keys(OLD);
        let partner = PartnerId::from_bytes([2; 16]);
        let token = sign_widget(&keys, partner, Time(100), [3; 8]);
        assert_eq!(verify_widget(&keys, &token, Time(99)), Ok(partner));
        assert_eq!(verify_widget(&keys, &token, Time(100)), Err(TokenError::Expired));
        assert!(verify_click(&keys, &token, NOW).is_err());
        assert!(verify_widget(&keys, &sign_click(&keys, &claim()), Time(0)).is_err());
    }
}
