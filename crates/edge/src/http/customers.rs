//! Customers, in Dub's shapes, and what joins them.

use axum::response::{IntoResponse, Response};
use engine::{
    id::{CustomerId, PartnerId},
    text::clean,
    time::Millis,
};
use http::StatusCode;
use serde::Deserialize;
use wire::{
    dub::{self, CustomerFields, CustomerPartner, Join, MergeCustomer},
    fact::{Fault, email, key, write_time},
    problem::Code,
};
use worker::D1Database;

use super::{
    body::Json,
    links::brief,
    paging::page,
    query::{Path, Query},
};
use crate::{
    app::App,
    auth::{Team, needs},
    error::Error,
    store::{
        self,
        customer::{By, Change, Filter, Identity, JoinRow, Order, Row},
        program,
    },
};

fn not_found() -> Error {
    Error::not_found("The customer")
}

/// The identity by our identifier, or by the vendor's behind `ext_`.
pub async fn find(db: &D1Database, name: &str) -> Result<Identity, Error> {
    let by = match (name.strip_prefix("ext_"), name.parse()) {
        (Some(external), _) => By::External(external),
        (None, Ok(id)) => By::Id(id),
        (None, Err(_)) => return Err(not_found()),
    };
    store::customer::identity(db, by).await?.ok_or_else(not_found)
}

/// Parameters of requests for one customer.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct OneQuery {
    include_expanded_fields: bool,
}

/// One customer with what was joined, as it is stored.
async fn one(app: &App, db: &D1Database, root: CustomerId, expand: bool) -> Result<dub::Customer, Error> {
    let row = store::customer::by_root(db, root).await?.ok_or_else(not_found)?;
    let joins = store::customer::joins(db, root).await?.into_iter().map(shape_join).collect();
    let desk = Desk::of(app, db, std::slice::from_ref(&row), expand).await?;
    Ok(dub::Customer { joins: Some(joins), ..desk.shape(row) })
}

/// `GET /api/customers/{id}`, by any identifier of any of its identities: 401; 403 without the scope; 404 where there is none;
/// 200 with the customer, and every join and undoing of one.
#[worker::send]
pub async fn get(
    app: App,
    _who: Team<needs::CustomersRead>,
    Path(id): Path<String>,
    Query(query): Query<OneQuery>,
) -> Result<axum::Json<dub::Customer>, Error> {
    let db = app.db()?;
    let found = find(&db, &id).await?;
    Ok(axum::Json(one(&app, &db, found.root_id, query.include_expanded_fields).await?))
}

/// `POST /api/customers`: 401; 403 without the scope; 422 naming the field and the rule; 409 for an identifier that is another
/// customer's; 201 with the customer.
#[worker::send]
pub async fn create(
    app: App,
    who: Team<needs::CustomersWrite>,
    Json(sent): Json<CustomerFields>,
) -> Result<Response, Error> {
    let change = check(&sent)?;
    let Some(external) = &change.external_id else { return Err(Error::rule("externalId", "is required")) };
    let db = who.pen(&app)?;
    if !store::customer::create(&db, app.id()?, &change, app.now()).await? {
        return Err(Error::Refused(Code::Conflict, "externalId: is another customer's".into()));
    }
    let found = store::customer::identity(&db, By::External(external)).await?.ok_or_else(not_found)?;
    Ok((StatusCode::CREATED, axum::Json(one(&app, &db, found.root_id, false).await?)).into_response())
}

/// `PATCH /api/customers/{id}`: 401; 403 without the scope; 404 where there is none; 422 naming the field and the rule; 409 for an
/// identifier that is another customer's; 200 with the customer. What is left out stays; `null` takes away.
#[worker::send]
pub async fn update(
    app: App,
    who: Team<needs::CustomersWrite>,
    Path(id): Path<String>,
    Query(query): Query<OneQuery>,
    Json(sent): Json<CustomerFields>,
) -> Result<axum::Json<dub::Customer>, Error> {
    let change = check(&sent)?;
    let db = who.pen(&app)?;
    let found = find(&db, &id).await?;
    store::customer::update(&db, found.root_id, &change).await?;
    Ok(axum::Json(one(&app, &db, found.root_id, query.include_expanded_fields).await?))
}

/// `DELETE /api/customers/{id}`: 401; 403 without the scope; 404 where there is none; 200 with its identifier. Who it was is
/// forgotten; what happened stays, so that figures and statements do, and a refund still finds its sale.
#[worker::send]
pub async fn delete(
    app: App,
    who: Team<needs::CustomersWrite>,
    Path(id): Path<String>,
) -> Result<axum::Json<dub::Deleted>, Error> {
    let pen = who.pen(&app)?;
    let found = find(&pen, &id).await?;
    store::customer::forget(&pen, found.root_id, app.now()).await?;
    Ok(axum::Json(dub::Deleted { id: found.root_id.to_string() }))
}

/// `POST /api/customers/{id}/merge`:
/// 1. 401; 403 without the scope;
/// 2. 404 where one of the two is not known;
/// 3. 409 where they are one already;
/// 4. 200 with the customer. Whoever `customerId` names is read as this customer from now on, with everything that happened
///    before and will; no record is rewritten.
#[worker::send]
pub async fn merge(
    app: App,
    who: Team<needs::CustomersWrite>,
    Path(id): Path<String>,
    Json(sent): Json<MergeCustomer>,
) -> Result<axum::Json<dub::Customer>, Error> {
    let db = who.pen(&app)?;
    let (into, joined) = (find(&db, &id).await?.root_id, find(&db, &sent.customer_id).await?.root_id);
    let note = sent.note.as_deref().and_then(|note| clean(note, 500));
    if !store::customer::merge(&db, joined, into, (&who.actor.to_string(), note.as_deref()), app.now()).await? {
        return Err(Error::Refused(Code::Conflict, "customerId: is this customer already".into()));
    }
    Ok(axum::Json(one(&app, &db, into, false).await?))
}

/// `POST /api/customers/{id}/unmerge`:
/// 1. 401; 403 without the scope;
/// 2. 404 where one of the two is not known;
/// 3. 409 where `customerId` is not joined to this customer;
/// 4. 200 with the customer as it is without: whoever `customerId` names is read by themselves again, with whoever had been
///    joined to them, exactly as before the two were joined.
#[worker::send]
pub async fn unmerge(
    app: App,
    who: Team<needs::CustomersWrite>,
    Path(id): Path<String>,
    Json(sent): Json<MergeCustomer>,
) -> Result<axum::Json<dub::Customer>, Error> {
    let db = who.pen(&app)?;
    let (from, joined) = (find(&db, &id).await?.root_id, find(&db, &sent.customer_id).await?.id);
    if !store::customer::unmerge(&db, joined, from, &who.actor.to_string(), app.now()).await? {
        return Err(Error::Refused(Code::Conflict, "customerId: is not joined to this customer".into()));
    }
    Ok(axum::Json(one(&app, &db, from, false).await?))
}

/// Parameters of `GET /api/customers`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListQuery {
    email: Option<String>,
    external_id: Option<String>,
    search: Option<String>,
    country: Option<String>,
    link_id: Option<String>,
    partner_id: Option<String>,
    include_expanded_fields: bool,
    sort_by: Option<String>,
    sort_order: Option<String>,
    starting_after: Option<String>,
    ending_before: Option<String>,
    page: Option<u32>,
    page_size: Option<u32>,
}

/// `GET /api/customers`: 401; 403 without the scope; 422 for a parameter that cannot be; 200 with an array, the newest first
/// unless `sortBy` and `sortOrder` say otherwise. Customers who were joined are one.
#[worker::send]
pub async fn list(
    app: App,
    _who: Team<needs::CustomersRead>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Vec<dub::Customer>>, Error> {
    let (limit, offset) = page(query.page, query.page_size)?;
    let order = match query.sort_by.as_deref() {
        None | Some("createdAt") => Order::Created,
        Some("saleAmount") => Order::SaleAmount,
        Some("firstSaleAt") => Order::FirstSale,
        Some("subscriptionCanceledAt") => Order::Churned,
        Some(_) => {
            return Err(Error::rule(
                "sortBy",
                "must be one of createdAt, saleAmount, firstSaleAt, subscriptionCanceledAt",
            ));
        }
    };
    let ascending = match query.sort_order.as_deref() {
        None | Some("desc") => false,
        Some("asc") => true,
        Some(_) => return Err(Error::rule("sortOrder", "must be asc or desc")),
    };
    let id = |field, text: &Option<String>| -> Result<Option<CustomerId>, Error> {
        Ok(text.as_deref().map(str::parse).transpose().map_err(|error| Fault::new(field, error))?)
    };
    let (after, before) = (id("startingAfter", &query.starting_after)?, id("endingBefore", &query.ending_before)?);
    if after.is_some() && before.is_some() {
        return Err(Error::rule("startingAfter", "cannot go with endingBefore"));
    }
    if after.or(before).is_some() && order != Order::Created {
        return Err(Error::rule("sortBy", "must be createdAt beside startingAfter and endingBefore"));
    }
    let filter = Filter {
        email: query.email.map(|text| text.trim().to_lowercase()),
        external: query.external_id,
        search: query.search,
        country: query.country.map(|code| code.to_uppercase()),
        link: query.link_id,
        partner: query.partner_id,
        order,
        ascending,
        after,
        before,
        limit,
        offset,
    };
    let db = app.db()?;
    let rows = store::customer::list(&db, &filter).await?;
    let desk = Desk::of(&app, &db, &rows, query.include_expanded_fields).await?;
    Ok(axum::Json(rows.into_iter().map(|row| desk.shape(row)).collect()))
}

/// What was sent, checked.
fn check(sent: &CustomerFields) -> Result<Change, Error> {
    let each = |value: &dub::Given<String>, read: &dyn Fn(&str) -> Result<Option<String>, Error>| {
        value.as_ref().map(|text| text.as_deref().map_or(Ok(None), read)).transpose()
    };
    let name = |text: &str| Ok(clean(text, 200));
    let avatar = |text: &str| match text {
        text if text.starts_with("https://") && text.len() <= 2000 => Ok(Some(text.to_owned())),
        _ => Err(Error::rule("avatar", "must be an https address of at most 2000 characters")),
    };
    let country = |code: &str| match code {
        code if code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic()) => Ok(Some(code.to_ascii_uppercase())),
        _ => Err(Error::rule("country", "must be an ISO 3166-1 code of two letters")),
    };
    Ok(Change {
        external_id: sent.external_id.as_deref().map(|text| key("externalId", text)).transpose()?,
        email: each(&sent.email, &|text| Ok(Some(email("email", text)?)))?,
        name: each(&sent.name, &name)?,
        company: each(&sent.company, &name)?,
        avatar: each(&sent.avatar, &avatar)?,
        country: each(&sent.country, &country)?,
        stripe_id: each(&sent.stripe_customer_id, &|text| Ok(Some(key("stripeCustomerId", text)?)))?,
    })
}

fn time(at: u64) -> String {
    write_time(Millis(at))
}

/// What answers are made with: the program and the partners' links, where expanded fields are asked for.
struct Desk<'a> {
    app: &'a App,
    expanded: Option<(String, Vec<store::link::Row>)>,
}

impl<'a> Desk<'a> {
    async fn of(app: &'a App, db: &D1Database, rows: &[Row], expand: bool) -> Result<Self, Error> {
        if !expand {
            return Ok(Self { app, expanded: None });
        }
        let partners: Vec<PartnerId> = rows.iter().filter_map(|row| row.partner_id).collect();
        let links = store::link::of_partners(db, &partners).await?;
        Ok(Self { app, expanded: Some((program::require(db).await?.id.to_string(), links)) })
    }

    fn shape(&self, row: Row) -> dub::Customer {
        let expanded = self.expanded.as_ref();
        let link = expanded.map(|(program, links)| {
            let link = links.iter().find(|link| Some(link.id) == row.link_id);
            link.map(|link| brief(self.app, program, link))
        });
        let partner = expanded.map(|_| {
            row.partner_id.map(|id| CustomerPartner {
                id: id.to_string(),
                name: row.partner_name.unwrap_or_default(),
                email: row.partner_email,
                image: row.partner_image,
            })
        });
        let program_id = expanded.map(|(program, _)| program.clone());
        dub::Customer {
            external_id: row.external_id.unwrap_or_else(|| row.id.to_string()),
            id: row.id.to_string(),
            name: row.name,
            email: row.email,
            avatar: row.avatar,
            stripe_customer_id: row.stripe_id,
            country: row.country,
            sales: row.sales,
            sale_amount: row.sale_amount,
            created_at: time(row.created_at),
            first_sale_at: row.first_sale_at.map(time),
            subscription_canceled_at: row.churned_at.map(time),
            company: row.company,
            program_id,
            link,
            partner,
            joins: None,
        }
    }
}

/// A customer as lists show one.
pub fn shape(app: &App, row: Row) -> dub::Customer {
    Desk { app, expanded: None }.shape(row)
}

fn shape_join(row: JoinRow) -> Join {
    Join {
        customer_id: row.customer_id,
        external_id: row.external_id,
        into_id: row.into_id,
        why: row.why,
        note: row.note,
        by: row.done_by,
        at: time(row.at),
        undone_by: row.undone_by,
        undone_at: row.undone_at.map(time),
    }
}
