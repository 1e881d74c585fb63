//! Leads and sales as single events: what the API and the form record.

use engine::{fact::MilestoneKind, id::CustomerId, link::Claim, time::Millis};
use serde::Deserialize;
use wire::fact::{CouponResult, Redeemed};
use worker::D1Database;

use super::{
    coupon,
    event::{
        ATTEMPTS, Batch, ClaimRow, Customer, IdentityRow, Known, MilestoneRow, RevenueRow, Telling, TouchRow, Written,
        customer_id_of,
    },
    first, text,
};
use crate::{
    app::{App, digest},
    error::Error,
};

/// Who a customer is, as far as a door knows.
#[derive(Debug, Clone, Default)]
pub struct Who {
    /// The vendor's identifier.
    pub external_id: Option<String>,
    /// Lower case.
    pub email: Option<String>,
    pub name: Option<String>,
    pub company: Option<String>,
    pub avatar: Option<String>,
}

/// A lead to record.
#[derive(Debug, Clone)]
pub struct NewLead {
    /// Under which it counts once.
    pub key: String,
    pub at: Millis,
    pub who: Who,
    /// The click that led here, proved.
    pub click: Option<Claim>,
    /// Whether whoever came made that click, as far as is known: see [`ClaimRow::own`].
    pub own_click: bool,
    /// Earlier clicks that the visitor carries, proved.
    pub journey: Vec<Claim>,
    /// The visitor's cookie.
    pub visitor: Option<String>,
    pub event_name: String,
    /// JSON.
    pub metadata: Option<String>,
    /// The coupon that was named.
    pub coupon: Option<Redeemed>,
    /// The campaign of the page that showed the coupon; empty for none.
    pub campaign: String,
}

/// A sale to record.
#[derive(Debug, Clone)]
pub struct NewSale {
    /// One economic event across all doors.
    pub key: String,
    pub at: Millis,
    pub who: Who,
    /// The click that led here, proved.
    pub click: Option<Claim>,
    pub amount: i64,
    pub currency: String,
    pub invoice: Option<String>,
    /// The sender's identifier of the product.
    pub product: Option<String>,
    pub event_name: String,
    pub processor: String,
    /// JSON.
    pub metadata: Option<String>,
    /// The coupon that was named.
    pub coupon: Option<Redeemed>,
}

/// A customer as it is stored.
#[derive(Debug, Clone, Deserialize)]
pub struct CustomerRow {
    pub id: CustomerId,
    pub external_id: Option<String>,
    pub email: Option<String>,
    pub name: Option<String>,
    pub avatar: Option<String>,
}

/// A sale as it is stored.
#[derive(Debug, Clone, Deserialize)]
pub struct SaleRow {
    pub event_name: String,
    pub amount: i64,
    pub currency: String,
    pub processor: String,
    pub invoice: Option<String>,
    pub metadata: Option<String>,
}

fn customer(app: &App, who: &Who, click: Option<&Claim>) -> Result<Customer, Error> {
    let id = match (&who.external_id, &who.email) {
        (None, Some(email)) => customer_id_of(email),
        _ => app.id()?,
    };
    Ok(Customer {
        external: who.external_id.clone(),
        id: id.to_string(),
        email: who.email.clone(),
        name: who.name.clone(),
        company: who.company.clone(),
        avatar: who.avatar.clone(),
        click: click.map(|claim| claim.touch.to_string()),
    })
}

fn claims<'a>(customer: &Customer, claims: impl Iterator<Item = &'a Claim>) -> Vec<ClaimRow> {
    claims.map(|claim| ClaimRow { claim: *claim, whose: customer.whose(), own: true }).collect()
}

/// Records a lead: durable when this returns, and once by its key. Clicks that prove themselves are the customer's from
/// then on, also where their rows never arrived. A repeat changes nothing. Answers what became of the coupon.
pub async fn record(app: &App, db: &D1Database, lead: &NewLead) -> Result<Option<CouponResult>, Error> {
    let customer = customer(app, &lead.who, lead.click.as_ref())?;
    let (coupon, touch) = redeem(db, lead.coupon.as_ref(), &lead.key, lead.at, &customer).await?;
    let batch = Batch {
        touches: touch.map(|touch| TouchRow { campaign: lead.campaign.clone(), ..touch }).into_iter().collect(),
        claims: claims(&customer, lead.journey.iter())
            .into_iter()
            .chain(lead.click.map(|claim| ClaimRow { claim, whose: customer.whose(), own: lead.own_click }))
            .collect(),
        identities: lead
            .visitor
            .iter()
            .map(|visitor| IdentityRow { visitor: visitor.clone(), at: lead.at.0, whose: customer.whose() })
            .collect(),
        milestones: vec![MilestoneRow {
            key: lead.key.clone(),
            at: lead.at.0,
            kind: MilestoneKind::LeadCreated.word(),
            whose: Some(customer.whose()),
            opportunity: None,
            click: lead.click.map(|claim| claim.touch.to_string()),
            event_name: Some(lead.event_name.clone()),
            amount: None,
            currency: None,
            metadata: lead.metadata.clone(),
            digest: String::new(),
        }],
        customers: vec![customer],
        ..Batch::default()
    };
    batch.write(db, app.now()).await.map(|_| coupon)
}

/// What becomes of a coupon that an event names, and its touch.
async fn redeem(
    db: &D1Database,
    redeemed: Option<&Redeemed>,
    key: &str,
    at: Millis,
    customer: &Customer,
) -> Result<(Option<CouponResult>, Option<TouchRow>), Error> {
    let Some(redeemed) = redeemed else { return Ok((None, None)) };
    let row = coupon::find(db, &redeemed.coupon).await?;
    let (result, touch) = coupon::redeem(row.as_ref(), redeemed, key, at, customer.whose())?;
    Ok((Some(result), touch))
}

/// What became of a sale: `Err` names what of it is another's, and nothing was written.
pub type Told = Result<(), String>;

/// Records a sale: durable when this returns, and once by its key. A conflict changes nothing; a sale that another door told
/// learns whose it is, and what led to it. Answers what became of the coupon, too.
pub async fn record_sale(app: &App, db: &D1Database, sale: &NewSale) -> Result<(Told, Option<CouponResult>), Error> {
    for _ in 0..ATTEMPTS {
        if let Some(told) = tell(app, db, sale).await? {
            return Ok(told);
        }
    }
    Err(Error::Unavailable("track: other requests keep moving the same sale".into()))
}

/// Writes a sale, or that it is told again; `None` where an import that wrote it was undone in between.
async fn tell(app: &App, db: &D1Database, sale: &NewSale) -> Result<Option<(Told, Option<CouponResult>)>, Error> {
    let customer = customer(app, &sale.who, sale.click.as_ref())?;
    let (coupon, touch) = redeem(db, sale.coupon.as_ref(), &sale.key, sale.at, &customer).await?;
    let external = sale.who.external_id.as_deref();
    let digest = revenue_digest(external, sale.amount, &sale.currency);
    let batch = Batch {
        touches: touch.into_iter().collect(),
        claims: claims(&customer, sale.click.iter()),
        revenue: vec![RevenueRow {
            key: sale.key.clone(),
            at: sale.at.0,
            at_said: false,
            kind: None,
            kind_said: false,
            whose: customer.whose(),
            amount: sale.amount,
            currency: sale.currency.clone(),
            invoice: sale.invoice.clone(),
            opportunity: None,
            recurring: None,
            refund_of: None,
            fact_id: None,
            product: sale.product.clone(),
            click: sale.click.map(|claim| claim.touch.to_string()),
            event_name: sale.event_name.clone(),
            processor: sale.processor.clone(),
            metadata: sale.metadata.clone(),
            digest: digest.clone(),
        }],
        customers: vec![customer],
        ..Batch::default()
    };
    if batch.write(db, app.now()).await? == Written::Whole {
        return Ok(Some((Ok(()), coupon)));
    }
    let Batch { mut touches, claims, revenue, mut customers, .. } = batch;
    let mut keys = vec![sale.key.as_str()];
    keys.extend(touches.iter().map(|touch| touch.key.as_str()));
    let known = Known::load(db, &keys).await?;
    let root = customer_by_external(db, external.unwrap_or_default()).await?.map(|row| row.id.to_string());
    let (amount, currency) = (sale.amount, sale.currency.as_str());
    let told = Telling { key: &sale.key, digest: &digest, amount, currency, root: root.as_deref(), is_named: true };
    let Some(standing) = known.sale(&told) else { return Ok(None) };
    if let Err(differs) = standing {
        return Ok(Some((Err(differs.message(&told, "customerExternalId")), coupon)));
    }
    // A repeat says nothing new of its customer.
    if known.is_repeat(&told) {
        customers.clear();
    }
    touches.retain(|touch| !known.has(&touch.key));
    let recorded = known.recorded_as(&sale.key).unwrap_or(&sale.key).to_owned();
    let again = revenue.into_iter().map(|row| RevenueRow { key: recorded.clone(), ..row }).collect();
    let batch = Batch { customers, touches, claims, again, told: Some((vec![recorded], "api")), ..Batch::default() };
    let is_written = batch.write(db, app.now()).await? == Written::Whole;
    Ok(is_written.then_some((Ok(()), coupon)))
}

/// What must be alike in two reports of one economic event, whichever door they come through.
pub fn revenue_digest(customer: Option<&str>, amount: i64, currency: &str) -> String {
    digest(format!("{amount} {currency} {}", customer.unwrap_or_default()))
}

/// Whether a lead with this key would say something new of a customer who is known.
pub async fn would_change(db: &D1Database, external: &str, key: &str) -> Result<bool, Error> {
    #[derive(Deserialize)]
    struct Row {
        known: u32,
    }
    let sql = "-- lead::would_change
        SELECT count(*) AS known FROM customer
        WHERE external_id = ?1 AND NOT EXISTS (SELECT 1 FROM milestone WHERE key = ?2)";
    Ok(first::<Row>(db, sql, &[text(external), text(key)]).await?.is_some_and(|row| row.known > 0))
}

/// The customer with the vendor's identifier, as it is read.
pub async fn customer_by_external(db: &D1Database, external: &str) -> Result<Option<CustomerRow>, Error> {
    let sql = "-- lead::customer_by_external
        SELECT root_id AS id, external_id, email, name, avatar FROM customer WHERE external_id = ?1";
    first(db, sql, &[text(external)]).await
}

/// The sale with this key.
pub async fn sale(db: &D1Database, key: &str) -> Result<Option<SaleRow>, Error> {
    let sql = "-- lead::sale
        SELECT event_name, amount, currency, processor, invoice, metadata FROM revenue WHERE key = ?1
          OR key = (SELECT sale FROM stripe_payment WHERE 'invoice:' || payment = ?1 AND payment = substr(?1, 9))";
    first(db, sql, &[text(key)]).await
}
