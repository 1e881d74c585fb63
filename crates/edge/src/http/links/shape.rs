//! Links as Dub's API shows them, and as their partner's people see them.

use engine::{
    id::PartnerId,
    link::{Expiry, Limit, Rules, State},
    time::Millis,
};
use wire::{
    dub::{self, TestVariant},
    fact::write_time,
    link::OwnLink,
};

use crate::{app::App, error::Error, store::link::Row};

/// The host of a link, as people write it.
fn domain(app: &App, row: &Row) -> String {
    row.address().0.unwrap_or(app.host()).to_owned()
}

/// A short link's address.
pub fn short_link(app: &App, row: &Row) -> String {
    let scheme = app.origin().split("://").next().unwrap_or_default();
    format!("{scheme}://{}/{}", domain(app, row), row.address().1)
}

/// A destination as an absolute address: what is stored as a path is on our own host.
pub fn absolute(app: &App, destination: &str) -> String {
    if destination.starts_with('/') { format!("{}{destination}", app.origin()) } else { destination.to_owned() }
}

/// The part of a link that other answers carry.
pub fn brief(app: &App, program: &str, row: &Row) -> dub::LinkBrief {
    dub::LinkBrief {
        id: row.id.to_string(),
        domain: domain(app, row),
        key: row.address().1.to_owned(),
        short_link: short_link(app, row),
        url: absolute(app, &row.destination),
        partner_id: row.partner_id.map(|id| id.to_string()),
        program_id: Some(program.to_owned()),
        tenant_id: row.tenant_id.clone(),
        external_id: row.external_id.clone(),
    }
}

/// A partner's link in the answer about that partner.
pub fn partner_link(app: &App, row: &Row) -> dub::PartnerLink {
    dub::PartnerLink {
        id: row.id.to_string(),
        domain: domain(app, row),
        key: row.address().1.to_owned(),
        short_link: short_link(app, row),
        url: absolute(app, &row.destination),
        clicks: row.brought.clicks,
        leads: row.brought.leads,
        conversions: row.brought.conversions,
        sales: row.brought.sales,
        sale_amount: row.brought.sale_amount,
    }
}

/// A link, whole.
pub fn link(app: &App, program: &str, row: &Row) -> Result<dub::Link, Error> {
    let utm = row.utm()?;
    let state = row.state()?;
    let Rules { expiry, limit, password, devices, countries, languages, test } = row.rules()?;
    let (expires_at, expired_url) = expiry.map(|Expiry { at, to }| (Some(write_time(at)), to)).unwrap_or_default();
    let (click_limit, limit_url) = limit.map(|Limit { clicks, to }| (Some(clicks), to)).unwrap_or_default();
    let tags = row.tags()?;
    let time = |at: Option<Millis>| at.map(write_time);
    Ok(dub::Link {
        id: row.id.to_string(),
        domain: domain(app, row),
        key: row.address().1.to_owned(),
        url: absolute(app, &row.destination),
        track_conversion: true,
        external_id: row.external_id.clone(),
        tenant_id: row.tenant_id.clone(),
        program_id: Some(program.to_owned()),
        partner_id: row.partner_id.map(|id| id.to_string()),
        archived: row.archived,
        expires_at,
        expired_url,
        // Dub's word for a link that leads on no more; since when is not kept, so it is when the link was last changed.
        disabled_at: (state.word() != "live").then(|| write_time(Millis(row.updated_at))),
        password: None,
        proxy: row.proxy && (row.title.is_some() || row.description.is_some() || row.image.is_some()),
        title: row.title.clone(),
        description: row.description.clone(),
        image: row.image.clone(),
        video: None,
        rewrite: false,
        do_index: row.do_index,
        ios: devices.ios,
        android: devices.android,
        geo: Some(countries).filter(|map| !map.is_empty()),
        public_stats: false,
        tag_id: tags.first().map(|tag| tag.id.clone()),
        tags,
        folder_id: row.folder_id.map(|id| id.to_string()),
        comments: row.comments.clone(),
        short_link: short_link(app, row),
        qr_code: String::new(),
        utm_source: utm.source,
        utm_medium: utm.medium,
        utm_campaign: utm.campaign,
        utm_term: utm.term,
        utm_content: utm.content,
        test_started_at: time(test.as_ref().and_then(|test| test.from)),
        test_completed_at: time(test.as_ref().and_then(|test| test.until)),
        test_variants: test.map(|test| {
            let shape = |variant: engine::link::Variant| TestVariant {
                url: variant.to,
                percentage: f64::from(variant.percentage),
            };
            test.variants.into_iter().map(shape).collect()
        }),
        user_id: None,
        workspace_id: program.to_owned(),
        clicks: row.brought.clicks,
        leads: row.brought.leads,
        conversions: row.brought.conversions,
        sales: row.brought.sales,
        sale_amount: row.brought.sale_amount,
        last_clicked: None,
        created_at: write_time(Millis(row.created_at)),
        updated_at: write_time(Millis(row.updated_at)),
        project_id: program.to_owned(),
        webhook_ids: Vec::new(),
        kind: row.kind.clone(),
        instead_url: state.to().map(str::to_owned),
        state: state.word().to_owned(),
        click_limit,
        limit_url,
        desktop: devices.desktop,
        languages: Some(languages).filter(|map| !map.is_empty()),
        utm_id: utm.id,
        utm_templates: row.templates,
        password_protected: password.is_some(),
        made_by: row.made_by.map(|id| id.to_string()),
    })
}

/// A link of a partner's as the partner's people see it. Notes are theirs where they made it; what the program's people write
/// down stays among those.
pub fn own(app: &App, partner: PartnerId, row: &Row) -> Result<OwnLink, Error> {
    let (utm, state) = (row.utm()?, row.state()?);
    Ok(OwnLink {
        id: row.id.to_string(),
        domain: domain(app, row),
        key: row.address().1.to_owned(),
        short_link: short_link(app, row),
        url: absolute(app, &row.destination),
        partner_id: partner.to_string(),
        changeable: row.made_by == Some(partner) && is_theirs(&state),
        state: state.word().to_owned(),
        expires_at: row.rules()?.expiry.map(|expiry| write_time(expiry.at)),
        archived: row.archived,
        comments: row.comments.clone().filter(|_| row.made_by == Some(partner)),
        utm_source: utm.source,
        utm_medium: utm.medium,
        utm_campaign: utm.campaign,
        utm_term: utm.term,
        utm_content: utm.content,
        created_at: write_time(Millis(row.created_at)),
    })
}

/// Whether a state is one that the people of the partner who made the link may change.
pub fn is_theirs(state: &State) -> bool {
    matches!(state, State::Live | State::Paused { by_partner: true, .. })
}
