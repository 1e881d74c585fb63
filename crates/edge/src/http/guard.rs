//! What stands between a form and programs that fill in forms. It doubts, and never drops: whoever is doubted is asked again
//! with everything that was typed, and whatever a guard cannot tell, because it does not answer, counts for the visitor.

use std::{net::IpAddr, time::Duration};

use engine::{id::FormId, time::Millis};
use http::HeaderMap;
use serde::Deserialize;
use wasm_bindgen::JsValue;
use wire::{
    problem::Code,
    token::{Keys, verify_form},
};
use worker::{Fetch, Method, Request, RequestInit, console_error};

use crate::{
    app::{App, Limit, digest, within},
    error::Error,
    page::landing::Again,
};

/// From showing a form to sending it, a person takes longer than this, in milliseconds.
const QUICK: u64 = 2_000;
/// How long Turnstile may take before its answer is done without, in milliseconds.
const PATIENCE: u64 = 3_000;
const VERIFY: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";

/// Which showing of the form was sent, once a person can have filled it in.
///
/// # Errors
/// Why it is to be sent again.
pub fn shown(keys: &Keys, form_id: &str, now: Millis) -> Result<FormId, Again> {
    let form: FormId = verify_form(keys, form_id, now).map_err(|_| Again::Unknown)?;
    if form.at().0 + QUICK > now.0 { Err(Again::Fast) } else { Ok(form) }
}

/// Whether there may be one more of what a limiter counts, of this name, now. One that does not answer lets it pass.
pub async fn may(app: &App, limit: Limit, name: String) -> bool {
    let asked = async { Ok::<_, Error>(app.limiter(limit)?.limit(name).await?.success) };
    asked.await.unwrap_or_else(|error| {
        console_error!("the limiter of {limit:?} does not answer: {error:?}");
        true
    })
}

/// Lets one more pass, or refuses it.
///
/// # Errors
/// 429 when there is too much of it.
pub async fn pass(app: &App, limit: Limit, name: String) -> Result<(), Error> {
    if may(app, limit, name).await {
        return Ok(());
    }
    Err(Error::Refused(Code::RateLimitExceeded, "Too many requests; please wait a minute".into()))
}

/// The name of the place that a request comes from: one of 2^20, which thousands of addresses share, so that no address
/// can be had back from a limiter.
pub fn place(headers: &HeaderMap) -> String {
    bucket(headers.get("cf-connecting-ip").and_then(|value| value.to_str().ok()).unwrap_or_default())
}

/// The name of an address's crowd: 20 bits of its hash, and of an IPv6 address only the network's half.
fn bucket(address: &str) -> String {
    let network = match address.parse() {
        Ok(IpAddr::V6(address)) => format!("{:?}", &address.segments()[..4]),
        _ => address.to_owned(),
    };
    digest(network)[..5].to_owned()
}

/// What Turnstile says of a visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Human {
    /// It is not asked here.
    Unasked,
    /// A person.
    Proven,
    /// It was not asked by the visitor's browser, knows the answer already from a double click, or does not answer.
    Unproven,
}

/// Asks Turnstile. A visitor without script has no answer of it to send, and a Turnstile that is down knows none: their forms
/// are taken and marked, for a lead is worth more than a clean list.
///
/// # Errors
/// When Turnstile says that the visitor's answer is not one of its own.
pub async fn human(secret: Option<String>, answer: &str) -> Result<Human, Again> {
    let Some(secret) = secret else { return Ok(Human::Unasked) };
    if answer.is_empty() || answer.len() > 2048 {
        return Ok(Human::Unproven);
    }
    match verify(&secret, answer).await {
        Ok(Verdict { success: true, .. }) => Ok(Human::Proven),
        Ok(Verdict { errors, .. }) if errors.iter().any(|error| error == "invalid-input-response") => {
            Err(Again::Doubted)
        }
        Ok(Verdict { errors, .. }) => {
            console_error!("Turnstile cannot tell: {errors:?}");
            Ok(Human::Unproven)
        }
        Err(error) => {
            console_error!("Turnstile does not answer: {error:?}");
            Ok(Human::Unproven)
        }
    }
}

#[derive(Debug, Deserialize)]
struct Verdict {
    success: bool,
    #[serde(default, rename = "error-codes")]
    errors: Vec<String>,
}

async fn verify(secret: &str, answer: &str) -> Result<Verdict, Error> {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("secret", secret)
        .append_pair("response", answer)
        .finish();
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(JsValue::from_str(&body)));
    let request = Request::new_with_init(VERIFY, &init)?;
    request.headers().set("content-type", "application/x-www-form-urlencoded")?;
    let request = Fetch::Request(request);
    let asked = async { Ok::<_, Error>(request.send().await?.json::<Verdict>().await?) };
    let verdict = within(Duration::from_millis(PATIENCE), asked).await;
    verdict.unwrap_or_else(|| Err(Error::Unavailable("too late".into())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::token::sign_form;

    const NOW: Millis = Millis(1_795_000_000_000);

    #[test]
    fn a_person_takes_a_while() {
        let keys = Keys::parse(&format!("k1:{}", "ab".repeat(32)));
        let Ok(keys) = keys else { unreachable!("a good key") };
        let form = FormId::new(NOW, [1; 10]);
        let token = sign_form(&keys, form);
        assert_eq!(shown(&keys, &token, NOW), Err(Again::Fast));
        assert_eq!(shown(&keys, &token, Millis(NOW.0 + QUICK)), Ok(form));
        assert_eq!(shown(&keys, &token, Millis(NOW.0 + 91 * 86_400_000)), Err(Again::Unknown));
        for forged in ["", "x", &"1".repeat(32), &token[1..]] {
            assert_eq!(shown(&keys, forged, Millis(NOW.0 + QUICK)), Err(Again::Unknown), "{forged}");
        }
    }

    #[test]
    fn an_address_hides_in_a_crowd() {
        assert_eq!(bucket("203.0.113.7").len(), 5);
        assert_eq!(bucket("2001:db8:1:2::1"), bucket("2001:db8:1:2:ffff::9"));
        assert_ne!(bucket("2001:db8:1:2::1"), bucket("2001:db8:1:3::1"));
    }
}
