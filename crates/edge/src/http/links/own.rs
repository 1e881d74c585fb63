//! Links as the people of their partner list, make and end them: the partner's alone, and within the program's rules.

use engine::{
    id::PartnerId,
    link::{CLICK_PARAM, State, query_value},
};
use serde_json::Value;
use wire::{
    dub::LinkFields,
    link::{OWN_FIELDS, OwnLink, UpdateOwnLink},
    path,
    problem::Code,
};

use super::{ListQuery, Office, shape};
use crate::{
    auth::Scope,
    error::Error,
    http::{body, destination::authority},
    store::{
        self,
        link::Row,
        partner::{self, By},
    },
};

/// Parameters of destinations that the program sets: those of its templates that partners' people may not, and the token.
const SET_BY_PROGRAM: [&str; 4] = ["utm_source", "utm_medium", "utm_id", CLICK_PARAM];

/// `GET /api/links` for a partner's people:
/// 1. 404 where `partnerId` names another partner;
/// 2. 422 for a parameter that cannot be, or that asks what the program files links under;
/// 3. the partner's links, the newest first.
pub async fn list(office: &Office, partner: PartnerId, query: ListQuery) -> Result<Vec<OwnLink>, Error> {
    for (field, is_asked) in [
        ("tenantId", query.tenant_id.is_some()),
        ("externalId", query.external_id.is_some()),
        ("folderId", query.folder_id.is_some()),
        ("tagId", query.tag_id.is_some()),
        ("tagIds", query.tag_ids.is_some()),
        ("tagNames", query.tag_names.is_some()),
    ] {
        if is_asked {
            return Err(Error::rule(field, "is for the people of the program"));
        }
    }
    let filter = query.filter(office)?;
    Scope::Partner(partner).narrowed(filter.partner)?;
    let rows = store::link::own(&office.db, partner, filter).await?;
    rows.iter().map(|row| shape::own(&office.app, partner, row)).collect()
}

/// `POST /api/links` for a partner's people:
/// 1. 403 where the program lets partners make none;
/// 2. 422 naming the field and the rule: another partner, a field that is not among [`OWN_FIELDS`], a destination beyond
///    [`destined`], and what any link is refused for;
/// 3. 409 when the key is taken or looks like that of another owner's link, or the partner has as many live links as it may;
/// 4. the link, which is the partner's, and can be clicked at once. With its key sent again, it is the link that was made.
pub async fn create(office: &Office, partner: PartnerId, sent: Value) -> Result<OwnLink, Error> {
    let limit = office.program.settings.partner_links_limit;
    if limit.count() == 0 {
        let message = "partnerLinksLimit: is 0, so that only the people of the program make links";
        return Err(Error::Refused(Code::Forbidden, message.into()));
    }
    let fields = read(partner, sent)?;
    let owner = partner::find(&office.db, By::Id(partner)).await?.ok_or_else(|| Error::not_found("The partner"))?;
    destined(office, &owner.slug, fields.url.as_deref().ok_or_else(|| Error::rule("url", "is required"))?)?;
    let blank = Row {
        partner_id: Some(partner),
        tenant_id: owner.tenant_id,
        made_by: Some(partner),
        ..Row::new(office.app.id()?, String::new(), String::new(), office.app.now())
    };
    let row = match office.add(blank.clone(), &fields, Some(limit)).await {
        Err(Error::Refused(Code::Conflict, message)) => match made_before(office, blank, &fields).await? {
            Some(row) => row,
            None => return Err(Error::Refused(Code::Conflict, message)),
        },
        written => written?,
    };
    shape::own(&office.app, partner, &row)
}

/// The link that was made when the same was sent before: at the same key, by the same partner's people, and leading the same
/// way.
async fn made_before(office: &Office, blank: Row, sent: &LinkFields) -> Result<Option<Row>, Error> {
    if sent.key.is_none() {
        return Ok(None);
    }
    let (asked, _) = office.desk().apply(blank, sent).await?;
    let is_same = |row: &Row| {
        row.made_by == asked.made_by
            && row.state == asked.state
            && (&row.destination, &row.utm, &row.comments) == (&asked.destination, &asked.utm, &asked.comments)
    };
    Ok(office.meant(sent).await?.filter(is_same))
}

/// `PATCH /api/links/{id}` for a partner's people, [`UpdateOwnLink`]:
/// 1. 404 where there is no such link of the partner's;
/// 2. 403 for a link that the program made, or paused;
/// 3. 422 naming the field and the rule;
/// 4. 409 when it is retired, or goes on beyond as many live links as the partner may have;
/// 5. 200 with the link. It holds at once here, and within a minute everywhere. Sent again it changes nothing.
pub async fn update(office: &Office, partner: PartnerId, id: &str, sent: &Value) -> Result<OwnLink, Error> {
    let row = office.find(id).await?;
    if row.partner_id != Some(partner) {
        return Err(Error::not_found("The link"));
    }
    let refused = |message: &str| Err(Error::Refused(Code::Forbidden, message.into()));
    if row.made_by != Some(partner) {
        return refused("made by the program, so that only the people of the program change it");
    }
    let asked: UpdateOwnLink = body::item(sent)?;
    let (before, state) = (row.state()?, read_state(&asked.state)?);
    if before.word() != state.word() {
        match before {
            State::Retired { .. } => {
                return Err(Error::Refused(Code::Conflict, "state: retired is for good".into()));
            }
            State::Paused { by_partner: false, .. } => {
                return refused("paused by the program, so that only the people of the program change it");
            }
            State::Live | State::Paused { .. } => {}
        }
        let limit = office.program.settings.partner_links_limit;
        store::link::set_own_state(&office.db, &row, &state, limit, office.app.now()).await?;
    }
    shape::own(&office.app, partner, &office.written(&row.key, row.id).await?)
}

fn read_state(word: &str) -> Result<State, Error> {
    match word {
        "live" => Ok(State::Live),
        "paused" => Ok(State::Paused { to: None, by_partner: true }),
        "retired" => Ok(State::Retired { to: None }),
        _ => Err(Error::rule("state", "must be live, paused or retired")),
    }
}

/// What was sent of a link, if it is theirs to say.
fn read(partner: PartnerId, mut sent: Value) -> Result<LinkFields, Error> {
    if let Some(fields) = sent.as_object_mut() {
        if fields.remove("partnerId").is_some_and(|named| named != partner.to_string()) {
            return Err(Error::rule("partnerId", "must be your own, or be left out"));
        }
        if let Some(other) = fields.keys().find(|name| !OWN_FIELDS.contains(&name.as_str())) {
            let message = format!("{other}: is not for partners to set; {} are", OWN_FIELDS.join(", "));
            return Err(Error::Refused(Code::UnprocessableEntity, message));
        }
    }
    body::item(&sent)
}

/// That partners' people may lead visitors there, beyond what any destination must be: on our own hosts to none but the
/// partner's own landing pages, and nowhere with parameters that the program sets. What is no address at all is refused where
/// all are.
fn destined(office: &Office, slug: &str, address: &str) -> Result<(), Error> {
    let Ok(url) = url::Url::parse(address) else { return Ok(()) };
    let query = url.query().unwrap_or_default();
    if let Some(name) = SET_BY_PROGRAM.iter().find(|name| query_value(query, name).is_some()) {
        return Err(Error::rule("url", format!("must not carry {name}, which the program sets")));
    }
    let (host, landing) = (authority(&url), format!("{}/{slug}", path::LANDING));
    let is_ours = host == office.app.host() || office.program.settings.domains.contains(&host);
    let is_theirs = url.path().strip_prefix(&landing).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if is_ours && !is_theirs {
        return Err(Error::rule("url", format!("must lead to {landing} on this host, or to a host of the program's")));
    }
    Ok(())
}
