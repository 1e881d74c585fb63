//! Leads and sales, in Dub's shapes.

use axum::response::{IntoResponse, Response};
use engine::{
    coupon::Verdict,
    link::Claim,
    text::{Coupon, clean},
};
use serde_json::{Map, Value};
use wire::{
    cookie,
    dub::{ClickRef, LeadCustomer, Sale, SaleCustomer, TrackLead, TrackSale, TrackedLead, TrackedSale},
    fact::{self, CouponResult, Fault, Redeemed, email, key, sale_key},
    problem::Code,
    token,
};

use super::{body::Json, links::brief};
use crate::{
    app::App,
    auth::{LeadKey, Team, needs},
    error::Error,
    fraud,
    store::{
        self,
        lead::{NewLead, NewSale, Who},
        program,
    },
};

const PROCESSORS: [&str; 9] =
    ["stripe", "shopify", "polar", "paddle", "apple", "revenuecat", "lemonsqueezy", "dub", "custom"];
const METADATA_MAX: usize = 10_000;

/// `POST /api/track/lead`:
/// 1. 401 without a key (a publishable one will do);
/// 2. 422 naming the field and the rule;
/// 3. 503 when the store does not answer: nothing was recorded, send it again;
/// 4. 409 when the key is publishable and the customer is known: what stands in a page may make customers, not change them;
/// 5. 200 when the lead is on disk. One lead a customer and event name: sent again, it is the same lead. A click that does
///    not prove itself, another system's among them, gets the same answer as none. Of a coupon the answer says whether it
///    credited its partner, or why not; a text that cannot be a coupon is an unknown one.
#[worker::send]
pub async fn lead(app: App, key_kind: LeadKey, Json(lead): Json<TrackLead>) -> Result<Response, Error> {
    let external = key("customerExternalId", &lead.customer_external_id)?;
    let event_name = event_name("eventName", &lead.event_name)?;
    let who = who(&external, &lead.customer_name, &lead.customer_email, &lead.customer_avatar)?;
    if lead.mode.as_deref().is_some_and(|mode| !matches!(mode, "async" | "wait" | "deferred")) {
        return Err(Error::rule("mode", "must be async, wait or deferred"));
    }
    let db = app.db()?;
    let program = program::require(&db).await?;
    let (journey, click) = journey(&app, lead.click_id.as_deref())?;
    let new = NewLead {
        key: format!("lead:{event_name}:{external}"),
        at: app.now(),
        who,
        click,
        // A backend cannot know better.
        own_click: true,
        journey,
        visitor: None,
        event_name,
        metadata: metadata(lead.metadata.as_ref())?,
        coupon: redeemed(lead.coupon.as_deref(), lead.product.as_deref(), lead.metadata.as_ref()),
        campaign: String::new(),
    };
    if key_kind == LeadKey::Publishable && store::lead::would_change(&db, &external, &new.key).await? {
        let message = "customerExternalId: is a known customer, whom a publishable key cannot change; use a secret key";
        return Err(Error::Refused(Code::Conflict, message.into()));
    }
    let coupon = store::lead::record(&app, &db, &new).await?;
    fraud::behind(&app);
    let link = match click.and_then(|claim| claim.link) {
        Some(id) => store::link::by_id(&db, id).await?,
        None => None,
    };
    let named = lead.click_id.as_deref().and_then(|text| text.rsplit('.').next()).unwrap_or_default();
    let answer = TrackedLead {
        click: ClickRef { id: if click.is_some() { named.to_owned() } else { String::new() } },
        link: link.map(|row| brief(&app, &program.id.to_string(), &row)),
        customer: LeadCustomer {
            name: new.who.name,
            email: new.who.email,
            avatar: new.who.avatar,
            external_id: Some(external),
        },
        coupon: coupon.or_else(|| unknown(lead.coupon.as_deref())),
    };
    Ok(axum::Json(answer).into_response())
}

/// `POST /api/track/sale`:
/// 1. 401; 403 without the scope;
/// 2. 422 naming the field and the rule;
/// 3. 503 when the store does not answer: nothing was recorded, send it again;
/// 4. 409 naming what differs when the invoice stands for another amount or currency, or for a customer whom the vendor
///    calls otherwise;
/// 5. 200 when the sale is on disk, with the sale as it is recorded. An invoice that another door told of a customer without
///    a name of the vendor's shows that both are one: they are joined. The invoice (or the header `Idempotency-Key`, where
///    there is no invoice) makes it one sale, however often it is sent; without either every request is a sale of its own.
///    A click that does not prove itself gets the same answer as none, and a coupon that of a lead's.
#[worker::send]
pub async fn sale(
    app: App,
    _who: Team<needs::ConversionsWrite>,
    headers: http::HeaderMap,
    Json(sale): Json<TrackSale>,
) -> Result<Response, Error> {
    let external = key("customerExternalId", &sale.customer_external_id)?;
    let amount = fact::amount(sale.amount)?;
    let currency = fact::currency(Some(sale.currency.as_deref().unwrap_or("usd")))?;
    let event_name = match sale.event_name.as_deref() {
        Some(name) => event_name("eventName", name)?,
        None => "Purchase".to_owned(),
    };
    let processor = sale.payment_processor.as_deref().unwrap_or("custom");
    if !PROCESSORS.contains(&processor) {
        return Err(Error::rule("paymentProcessor", format!("must be one of {}", PROCESSORS.join(", "))));
    }
    let invoice = sale.invoice_id.as_deref().map(|text| key("invoiceId", text)).transpose()?;
    let repeat = headers.get("idempotency-key").map(|value| value.to_str().unwrap_or_default());
    let event_key = match (&invoice, repeat) {
        (Some(invoice), _) => sale_key(invoice),
        (None, Some(repeat)) => format!("request:{}", key("Idempotency-Key", repeat)?),
        (None, None) => format!("sale:{}", crate::app::hex(&app.random::<16>()?)),
    };
    let db = app.db()?;
    let new = NewSale {
        key: event_key,
        at: app.now(),
        who: who(&external, &sale.customer_name, &sale.customer_email, &sale.customer_avatar)?,
        click: claim(&app, sale.click_id.as_deref())?,
        amount,
        currency: currency.code().to_owned(),
        invoice,
        product: product_named(sale.product.as_deref(), sale.metadata.as_ref()).map(str::to_owned),
        event_name,
        processor: processor.to_owned(),
        metadata: metadata(sale.metadata.as_ref())?,
        coupon: redeemed(sale.coupon.as_deref(), sale.product.as_deref(), sale.metadata.as_ref()),
    };
    let (told, coupon) = store::lead::record_sale(&app, &db, &new).await?;
    told.map_err(|message| Error::Refused(Code::Conflict, message))?;
    fraud::behind(&app);
    let gone = || Error::Unavailable("a sale that was just written cannot be read".into());
    let stored = store::lead::sale(&db, &new.key).await?.ok_or_else(gone)?;
    let customer = store::lead::customer_by_external(&db, &external).await?.ok_or_else(gone)?;
    let answer = TrackedSale {
        event_name: stored.event_name,
        customer: SaleCustomer {
            id: customer.id.to_string(),
            name: customer.name,
            email: customer.email,
            avatar: customer.avatar,
            external_id: customer.external_id,
        },
        sale: Sale {
            amount: stored.amount,
            currency: stored.currency.to_lowercase(),
            payment_processor: stored.processor,
            invoice_id: stored.invoice,
            metadata: stored.metadata.as_deref().map(serde_json::from_str).transpose()?,
        },
        coupon: coupon.or_else(|| unknown(sale.coupon.as_deref())),
    };
    Ok(axum::Json(answer).into_response())
}

/// The claims of a lead's click, and of the clicks before it: `clickId` may be the whole journey, as the cookie `trb_j` and
/// the form field of that name hold it, the click itself last. What is another system's proves nothing here.
fn journey(app: &App, text: Option<&str>) -> Result<(Vec<Claim>, Option<Claim>), Error> {
    let (before, last) = text.unwrap_or_default().rsplit_once('.').unwrap_or(("", text.unwrap_or_default()));
    let mut claims = Vec::new();
    for token in cookie::journey_tokens(before) {
        claims.extend(claim(app, Some(token))?);
    }
    Ok((claims, claim(app, Some(last))?))
}

/// The coupon that a lead or a sale names, in a field of ours or in the metadata, and the product. What cannot be one is none:
/// a buyer's typing error must not cost the event.
fn redeemed(coupon: Option<&str>, product: Option<&str>, metadata: Option<&Map<String, Value>>) -> Option<Redeemed> {
    let coupon = coupon.filter(|text| !text.trim().is_empty()).or_else(|| said(metadata, ["coupon", "couponCode"]));
    let coupon = Coupon::new(coupon?).ok()?;
    Some(Redeemed { coupon, product: product_named(product, metadata).map(str::to_owned) })
}

/// The product that a sale names, in the same places.
fn product_named<'a>(product: Option<&'a str>, metadata: Option<&'a Map<String, Value>>) -> Option<&'a str> {
    let named = product.filter(|text| !text.is_empty()).or_else(|| said(metadata, ["product", "productId"]));
    named.filter(|text| key("product", text).is_ok())
}

fn said<'a>(metadata: Option<&'a Map<String, Value>>, names: [&str; 2]) -> Option<&'a str> {
    names.into_iter().find_map(|name| metadata?.get(name)?.as_str())
}

/// What is answered to a field that names what cannot be a coupon.
fn unknown(coupon: Option<&str>) -> Option<CouponResult> {
    let code = clean(coupon?, Coupon::MAX)?;
    Some(CouponResult { code, status: Verdict::Unknown.word().to_owned() })
}

/// The claim of a click's token; `None` for every token that does not prove itself, and for none.
pub fn claim(app: &App, text: Option<&str>) -> Result<Option<Claim>, Error> {
    match text.filter(|text| !text.is_empty()) {
        Some(text) => Ok(token::verify_click(&app.keys()?, text, app.now()).ok()),
        None => Ok(None),
    }
}

fn event_name(field: &'static str, text: &str) -> Result<String, Error> {
    let name = clean(text, 256).ok_or_else(|| Fault::new(field, "must not be empty"))?;
    if name.chars().count() > 255 {
        return Err(Error::rule(field, "must have at most 255 characters"));
    }
    Ok(name)
}

fn who(external: &str, name: &Option<String>, address: &Option<String>, avatar: &Option<String>) -> Result<Who, Error> {
    let avatar = match avatar.as_deref() {
        Some(text) if !text.starts_with("https://") || text.len() > 2000 => {
            return Err(Error::rule("customerAvatar", "must be an https address of at most 2000 characters"));
        }
        avatar => avatar.map(str::to_owned),
    };
    Ok(Who {
        external_id: Some(external.to_owned()),
        email: address.as_deref().map(|text| email("customerEmail", text)).transpose()?,
        name: name.as_deref().and_then(|text| clean(text, 200)),
        company: None,
        avatar,
    })
}

fn metadata(metadata: Option<&Map<String, Value>>) -> Result<Option<String>, Error> {
    let text = metadata.map(serde_json::to_string).transpose()?;
    if text.as_ref().is_some_and(|text| text.chars().count() > METADATA_MAX) {
        return Err(Error::rule("metadata", format!("must have at most {METADATA_MAX} characters as JSON")));
    }
    Ok(text)
}
