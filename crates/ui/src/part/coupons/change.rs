//! Making coupons, changing them, and taking either back. What became of a request whose answer was lost is looked up, and
//! nothing is done twice.

use js_sys::Array;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsValue;
use wire::path;

use super::{Board, read};
use crate::{
    api::{Refusal, Source},
    json::{Json, object},
    model::{coupon::Coupon, words::plural},
    part::{
        patient::patient,
        server::{Asked, PAGE},
    },
    state::Shared,
};

/// How something is undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    /// The coupon was made: it goes.
    Made(String),
    /// The coupon was the first, and is the second.
    Changed(Coupon, Coupon),
}

/// How far a coupon reaches, as it is sent; `empty` stands for a bound that there is not.
fn reach(coupon: &Coupon, empty: &JsValue) -> Vec<(&'static str, JsValue)> {
    let bound = |text: &str| if text.is_empty() { empty.clone() } else { text.into() };
    let products: Array = coupon.products.iter().map(|product| JsValue::from(product.as_str())).collect();
    vec![("startsAt", bound(&coupon.starts_at)), ("endsAt", bound(&coupon.ends_at)), ("products", products.into())]
}

/// Makes a coupon. Where it is there already just as it was to be, an answer was lost on its way.
///
/// # Errors
/// Why there is none.
pub async fn make(coupon: &Coupon) -> Result<Coupon, Refusal> {
    let mut pairs = reach(coupon, &JsValue::UNDEFINED);
    pairs.extend([("code", coupon.code.as_str().into()), ("partnerId", coupon.partner.as_str().into())]);
    let source = Source::default();
    let sent = Json::of(object(&pairs)).written();
    match patient(&source, "POST", path::COUPONS, &sent, |said| !said.text("code").is_empty()).await {
        Ok((said, _)) => Ok(read(&said)),
        Err(Refusal::Said { status: 409, text }) => {
            for page in 1.. {
                let address = format!("{}?partnerId={}&page={page}&pageSize={PAGE}", path::COUPONS, coupon.partner);
                let found = source.send("GET", &address, "").await?.list();
                if found.iter().map(read).any(|found| found == *coupon) {
                    return Ok(coupon.clone());
                }
                if found.len() < PAGE {
                    break;
                }
            }
            Err(Refusal::Said { status: 409, text })
        }
        Err(refusal) => Err(refusal),
    }
}

/// Changes how far a coupon reaches, unless somebody else has changed that meanwhile. Where it is as it was to be already, an
/// answer was lost on its way.
///
/// # Errors
/// Why it is as it was.
pub async fn put(before: &Coupon, after: &Coupon) -> Result<Coupon, Refusal> {
    let mut pairs = reach(after, &JsValue::NULL);
    pairs.push(("before", object(&reach(before, &JsValue::UNDEFINED))));
    let source = Source::default();
    let path = format!("{}/{}", path::COUPONS, after.code);
    let sent = Json::of(object(&pairs)).written();
    match patient(&source, "PATCH", &path, &sent, |said| !said.text("code").is_empty()).await {
        Ok((said, _)) => Ok(read(&said)),
        Err(Refusal::Said { status: 409, text }) => {
            // Said of what is as it was to be, too.
            let pairs = [("before", object(&reach(after, &JsValue::UNDEFINED)))];
            let same = Json::of(object(&pairs)).written();
            match source.send("PATCH", &path, &same).await {
                Ok(said) => Ok(read(&said)),
                Err(_) => Err(Refusal::Said { status: 409, text }),
            }
        }
        Err(refusal) => Err(refusal),
    }
}

/// Puts a coupon in the place of what was known of it, or before all others.
pub fn keep(board: Board, coupon: Coupon) {
    board.known.try_update(|known| {
        let mut coupons = known.coupons.clone();
        match coupons.iter_mut().find(|known| known.code == coupon.code) {
            Some(known) => *known = coupon,
            None => coupons.insert(0, coupon),
        }
        let (partners, zone) = (known.partners.clone(), known.zone.clone());
        *known = Shared::new(crate::model::coupon::Known { partners, coupons, zone });
    });
}

/// Has a coupon hold no longer, from now on.
pub fn end(board: Board, coupon: &Coupon) {
    if untrack(|| board.is_busy()) {
        return;
    }
    let now: String = js_sys::Date::new_0().to_iso_string().into();
    // To the second, as the server writes it; what has not begun has no beginning any more.
    let now = format!("{}Z", now.get(..19).unwrap_or_default());
    let is_begun = coupon.starts_at.is_empty() || coupon.starts_at.as_str() < now.as_str();
    let starts_at = if is_begun { coupon.starts_at.clone() } else { String::new() };
    let (before, after) = (coupon.clone(), Coupon { starts_at, ends_at: now, ..coupon.clone() });
    board.progress.set(Some(("Deactivating", 0, 1)));
    spawn_local(async move {
        let answer = put(&before, &after).await;
        if board.progress.try_set(None).is_some() {
            return;
        }
        match answer {
            Ok(coupon) => {
                let words = format!("{} holds no longer. What it was credited for stays.", coupon.code);
                board.undo.set(vec![Undo::Changed(before, coupon.clone())]);
                keep(board, coupon);
                board.told.tell(words, None);
            }
            Err(refusal) => board.told.tell(format!("{} is as it was. {}", before.code, refusal.text()), None),
        }
    });
}

/// Undoes what was done last.
pub fn undo(board: Board, asked: Asked) {
    let steps = board.undo.get_untracked();
    if untrack(|| board.is_busy()) || steps.is_empty() {
        return;
    }
    board.progress.set(Some(("Undoing", 0, steps.len())));
    spawn_local(async move {
        let (mut left, mut why) = (Vec::new(), String::new());
        for (i, step) in steps.iter().enumerate() {
            let answer = match step {
                Undo::Made(code) => gone(code).await,
                Undo::Changed(before, after) => put(after, before).await.map(drop),
            };
            if let Err(refusal) = answer {
                why = refusal.text();
                left.push(step.clone());
            }
            board.progress.try_set(Some(("Undoing", i + 1, steps.len())));
        }
        if board.progress.try_set(None).is_some() {
            return;
        }
        let n = steps.len() - left.len();
        let words = format!("Undone for {n} {}.", plural(n, "coupon", "coupons"));
        board.told.tell(if why.is_empty() { words } else { format!("{words} {why}") }, None);
        board.undo.set(left);
        asked.again();
    });
}

/// Takes a coupon away; one that is gone already is gone.
async fn gone(code: &str) -> Result<(), Refusal> {
    let path = format!("{}/{code}", path::COUPONS);
    match patient(&Source::default(), "DELETE", &path, "", |said| !said.text("id").is_empty()).await {
        Ok(_) | Err(Refusal::Said { status: 404, .. }) => Ok(()),
        Err(refusal) => Err(refusal),
    }
}
