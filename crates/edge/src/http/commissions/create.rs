//! Leads and sales that the program's people credit to a partner by their word, and commission by hand, in Dub's shapes.

use engine::{
    fact::{Mark, MilestoneKind, RevenueKind, TouchKind},
    id::LinkId,
    text::{Utm, clean},
    time::Millis,
};
use http::StatusCode;
use wire::{
    dub::{CommissionCreated, CreateCommission},
    fact::{
        Fact, Fault, LeadFact, RestFact, RevenueFact, TouchFact, What, adjustment, amount, currency, email, key,
        reason, time,
    },
    problem::Code,
};

use crate::{
    access::Permission,
    app::{App, digest, hex},
    auth::{Team, Who, needs},
    error::Error,
    fraud,
    http::{
        body::Json,
        customers,
        facts::{FRESH_MS, Plan, SKEW_MS, id_key},
        partners,
    },
    store::{
        self,
        audit::Pen,
        brought::{Brought, Credit, LEAD_MS},
        event::{ATTEMPTS, Fate, Known, Written},
        program,
        reference::{Names, References},
    },
};

/// What is answered once it is on disk.
const CREDITED: &str = "It is recorded and credited to the partner; commission follows from the terms.";
const GIVEN: &str = "It is recorded and counts in the partner's statement.";
const ALREADY: &str = "It is recorded already.";

/// `POST /api/commissions`, a `lead` or a `sale`: recorded with a touch of the partner an hour before it, so that its credit
/// follows from the policy and its commission from the terms, like every other's. Or a `custom` one: an amount beside the
/// terms, or below zero one that is taken back, in the program's currency, of the statement of its date's month.
/// 1. 401; 403 without the scope, and without `facts:backdate` for what is older than a day;
/// 2. 422 naming the field and the rule; and for a sale with neither an invoice nor a date, which a retry would count
///    twice, unless it has the header `Idempotency-Key`: that makes it the same however often it is sent. Without, every
///    `custom` one is one of its own;
/// 3. 404 where there is no such partner or customer;
/// 4. 409 for a partner who has left the program, for an invoice or `Idempotency-Key` that is recorded with other contents,
///    and for an invoice that another partner brought;
/// 5. 503 when the store does not answer: nothing was recorded, send it again;
/// 6. 202, as Dub says it, when it is on disk. Sent again it is as it was; a sale that another door told, and that nobody
///    brought, is the partner's from then on.
#[worker::send]
pub async fn create(
    app: App,
    who: Team<needs::CommissionsWrite>,
    headers: http::HeaderMap,
    Json(sent): Json<CreateCommission>,
) -> Result<(StatusCode, axum::Json<CommissionCreated>), Error> {
    let pen = who.pen(&app)?;
    let repeat = headers.get("idempotency-key").map(|value| value.to_str().unwrap_or_default());
    let repeat = repeat.map(|text| key("Idempotency-Key", text)).transpose()?;
    let main = main(&app, &who, &pen, &sent, repeat.is_some()).await?;
    let partner = partners::named(&pen, Some(&sent.partner_id), None).await?;
    if let Some(text) = &sent.link_id {
        let id: LinkId = text.parse().map_err(|e| Fault::new("linkId", e))?;
        let link = store::link::by_id(&pen, id).await?.filter(|link| link.partner_id == Some(partner.id));
        link.ok_or_else(|| Error::rule("linkId", "is not a link of this partner"))?;
    }
    let is_dated = sent.date.is_some() || sent.event_date().is_some();
    let told = digest(format!("{} {:?} {:?}", partner.id, main.what, is_dated.then_some(main.at)));
    let customer = match &main.what {
        What::Lead(lead) => Some(lead.customer.clone()),
        What::Revenue(sale) => Some(sale.customer.clone()),
        What::Touch(_) | What::Opportunity(_) | What::Rest(_) => None,
    };
    let id = match (&repeat, &customer) {
        (Some(repeat), _) => format!("request:{repeat}"),
        (None, Some(_)) => told[..32].to_owned(),
        (None, None) => hex(&app.random::<16>()?),
    };
    let main = Fact { id: format!("commission:{id}"), ..main };
    let touch = customer.as_ref().map(|customer| Fact {
        id: format!("{}:touch", main.id),
        at: Millis(main.at.0.saturating_sub(LEAD_MS)),
        what: What::Touch(TouchFact {
            kind: TouchKind::Click,
            link: sent.link_id.clone(),
            partner: Some(partner.id),
            coupon: None,
            visitor: None,
            customer: Some(customer.clone()),
            utm: Utm::default(),
            mark: Mark::Counted,
        }),
    });
    let facts: Vec<&Fact> = [&main].into_iter().chain(&touch).collect();
    let keys: Vec<String> = facts.iter().flat_map(|fact| [fact.economic_key(), id_key(fact)]).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let done = |message: &str| {
        let answer = CommissionCreated { success: true, message: message.to_owned() };
        Ok((StatusCode::ACCEPTED, axum::Json(answer)))
    };
    let refused = |message: &str| Err(Error::Refused(Code::Conflict, message.to_owned()));
    for _ in 0..ATTEMPTS {
        let known = Known::load(&pen, &keys).await?;
        let references = References::load(&pen, &Names::of(facts.iter().copied())).await?;
        let mut plan = Plan::without_kinds(&app, &references, &known);
        match (plan.add(&main, &told)?, &touch) {
            (Fate::Recorded, None) => {}
            (Fate::Recorded, Some(touch)) => drop(plan.add(touch, &told)?),
            (Fate::Duplicate, None) => return done(ALREADY),
            (Fate::Duplicate, Some(touch)) => {
                let event = (main.economic_key(), customer.as_deref().unwrap_or_default());
                let policies = program::require(&pen).await?.policies;
                match Brought::load(&pen, &[event]).await?.credit(&main, Some(partner.id), &policies) {
                    Credit::Theirs => return done(ALREADY),
                    Credit::Others => return refused("invoiceId: is recorded as brought by another partner"),
                    Credit::Nobodys(at) => drop(plan.add(&Fact { at, ..touch.clone() }, &told)?),
                }
            }
            (Fate::Conflict, _) if main.invoiced().is_some() => {
                return refused("invoiceId: is recorded with another amount, currency or customer");
            }
            (Fate::Conflict, _) => return refused("Idempotency-Key: is of another commission"),
        }
        if partner.away()?.is_some() {
            return refused("partnerId: is of a partner who has left the program");
        }
        if plan.batch.write_with(&pen, app.now(), Vec::new()).await? == Written::Whole {
            fraud::behind(&app);
            return done(if touch.is_some() { CREDITED } else { GIVEN });
        }
    }
    Err(Error::Unavailable("commissions: other requests keep writing the same event".into()))
}

/// What is given by hand.
async fn custom(pen: &Pen, sent: &CreateCommission) -> Result<RestFact, Error> {
    for (field, is_sent) in [
        ("customerId", sent.customer_id.is_some()),
        ("customer", sent.customer.is_some()),
        ("linkId", sent.link_id.is_some()),
        ("lead", sent.lead.is_some()),
        ("leadEventDate", sent.lead_event_date.is_some()),
        ("sale", sent.sale.is_some()),
        ("saleAmount", sent.sale_amount.is_some()),
        ("saleEventDate", sent.sale_event_date.is_some()),
        ("invoiceId", sent.invoice_id.is_some()),
        ("productId", sent.product_id.is_some()),
    ] {
        if is_sent {
            return Err(Error::rule(field, "is of a lead or a sale"));
        }
    }
    Ok(RestFact::Adjustment {
        partner: sent.partner_id.parse().map_err(|e| Fault::new("partnerId", e))?,
        amount: adjustment(sent.amount)?,
        currency: program::require(pen).await?.currency,
        reason: reason("description", sent.description.as_deref(), sent.amount)?,
    })
}

/// The lead, the sale or what is given by hand.
async fn main(app: &App, who: &Who, pen: &Pen, sent: &CreateCommission, has_key: bool) -> Result<Fact, Error> {
    if !["custom", "lead", "sale"].contains(&sent.r#type.as_str()) {
        return Err(Error::rule("type", "must be custom, lead or sale"));
    }
    let now = app.now();
    let (lead, sale) = (sent.lead.clone().unwrap_or_default(), sent.sale.clone().unwrap_or_default());
    let date = sent.event_date().or(sent.date.as_ref());
    let at =
        date.map(|text| if text.len() == 10 { time("date", &format!("{text}T00:00:00Z")) } else { time("date", text) });
    let at = at.transpose()?.unwrap_or(now);
    if at.0 > now.0 + SKEW_MS {
        return Err(Error::rule("date", "must not lie in the future"));
    }
    if at.0 + FRESH_MS < now.0 && !who.may(Permission::FactsBackdate) {
        let message = format!("date: older than a day needs the scope {}", Permission::FactsBackdate.word());
        return Err(Error::Refused(Code::Forbidden, message));
    }
    if sent.r#type == "custom" {
        return Ok(Fact { id: String::new(), at, what: What::Rest(custom(pen, sent).await?) });
    }
    for (field, is_sent) in [("amount", sent.amount.is_some()), ("description", sent.description.is_some())] {
        if is_sent {
            return Err(Error::rule(field, "is of a custom commission"));
        }
    }
    if sent.import_stripe_invoices == Some(true) {
        return Err(Error::rule("importStripeInvoices", "is not done: Stripe's events come by /api/hooks/stripe"));
    }
    if lead.metadata.is_some() || sale.metadata.is_some() {
        return Err(Error::rule("metadata", "is not kept here; send it with the lead or the sale (/api/track)"));
    }
    let given = sent.customer.clone().unwrap_or_default();
    let customer = match (&sent.customer_id, &sent.customer) {
        (Some(id), None) => {
            let found = customers::find(pen, id).await?;
            found.external_id.ok_or_else(|| Error::rule("customerId", "has no externalId yet; send `customer`"))?
        }
        (None, Some(_)) => key("customer.externalId", &given.external_id)?,
        _ => return Err(Error::rule("customerId", "or customer must say whose it is")),
    };
    let what = match sent.r#type.as_str() {
        "lead" => What::Lead(LeadFact {
            kind: MilestoneKind::LeadCreated,
            customer,
            name: given.name.as_deref().and_then(|text| clean(text, 200)),
            email: given.email.as_deref().map(|text| email("customer.email", text)).transpose()?,
            company: None,
            visitor: None,
            click: None,
            redeemed: None,
        }),
        _ => {
            let invoice = sale.invoice_id.as_deref().or(sent.invoice_id.as_deref());
            if invoice.or(date.map(String::as_str)).is_none() && !has_key {
                let rule = "or date, or the header Idempotency-Key, is required: without, a retry would count twice";
                return Err(Error::rule("invoiceId", rule));
            }
            What::Revenue(RevenueFact {
                kind: RevenueKind::Renewal,
                event: "Purchase",
                customer,
                amount: amount(sale.amount.or(sent.sale_amount))?,
                currency: currency(Some(sale.currency.as_deref().unwrap_or("usd")))?,
                product: sent.product_id.as_deref().map(|text| key("productId", text)).transpose()?,
                invoice: invoice.map(|text| key("invoiceId", text)).transpose()?,
                opportunity: None,
                recurring: None,
                refund_of: None,
                redeemed: None,
            })
        }
    };
    Ok(Fact { id: String::new(), at, what })
}
