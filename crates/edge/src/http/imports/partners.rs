//! The rows of a file of partners beside those who are known. Whoever is known by the e-mail address keeps what they have,
//! and gets the links and coupons that the file has beside it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use engine::text::Slug;
use wire::{
    csv::{Bad, mapping::Field, partner::Reading, table::Row},
    import::RowState,
    path,
};
use worker::D1Database;

use super::judge::{Events, Verdict};
use crate::{
    app::{App, hex},
    error::Error,
    store::import::{
        Judged,
        partners::{Enrolment, Known, Named, NewLink},
    },
};

/// What a row comes to: its state and why, and what it would write.
type Fate = (RowState, Option<(Field, String)>, Option<Enrolment>);

/// Holds a file of partners against those who are known.
pub async fn judge(
    app: &App,
    db: &D1Database,
    rows: &[Row],
    readings: &[Result<Reading, Bad>],
) -> Result<Verdict, Error> {
    let mut named = Named::default();
    for reading in readings.iter().flatten() {
        named.emails.insert(&reading.email);
        named.tenants.extend(reading.key.as_deref());
        named.slugs.extend(reading.links.iter().map(Slug::to_string));
        named.slugs.extend(own(reading).map(|slug| slug.to_string()));
        named.skeletons.extend(reading.links.iter().map(Slug::skeleton));
        named.skeletons.extend(own(reading).map(|slug| slug.skeleton()));
        named.coupons.extend(reading.coupons.iter().map(engine::text::Coupon::as_str));
    }
    let known = Known::load(db, &named).await?;
    let mut desk = Desk { app, known, seen: HashMap::new(), taken: BTreeSet::new() };
    let (mut judged, mut enrolments, mut matched) = (Vec::new(), Vec::new(), Vec::new());
    for (row, reading) in rows.iter().zip(readings) {
        let (state, why, enrolment) = match reading {
            Ok(reading) => desk.fate(reading)?,
            Err(Bad { field, rule }) => {
                let (line, state, reason) = (row.line, RowState::Bad, Some(rule.clone()));
                judged.push(Judged { line, state, reason, field: *field, key: None });
                continue;
            }
        };
        if let (Ok(reading), RowState::New | RowState::Matched) = (reading, state) {
            matched.extend(desk.said(reading));
        }
        let key = reading.as_ref().ok().map(|reading| format!("partner:{}", reading.email));
        let (field, reason) = why.unzip();
        judged.push(Judged { line: row.line, state, reason, field, key });
        enrolments.extend(enrolment);
    }
    Ok(Verdict { judged, events: Events::Partners(enrolments), matched, totals: BTreeMap::new() })
}

/// The key of a partner's own link and landing page: the first that the file has, else made from the name.
fn own(reading: &Reading) -> Option<Slug> {
    reading.links.first().cloned().or_else(|| Slug::from_name(reading.name.as_deref().unwrap_or(&reading.email)))
}

struct Desk<'a> {
    app: &'a App,
    known: Known,
    /// What rows above say, by the e-mail address.
    seen: HashMap<String, Reading>,
    /// What rows above take: identifiers, keys as the eye sees them, and coupons, each behind what it is.
    taken: BTreeSet<(Field, String)>,
}

impl Desk<'_> {
    fn fate(&mut self, reading: &Reading) -> Result<Fate, Error> {
        if let Some(before) = self.seen.get(&reading.email) {
            return Ok(if before == reading {
                (RowState::Duplicate, Some((Field::Email, "a row above says the same of this partner".into())), None)
            } else {
                (
                    RowState::Conflicting,
                    Some((Field::Email, "a row above says something else of this partner".into())),
                    None,
                )
            });
        }
        let group = match &reading.group {
            None => None,
            Some(name) => match self.known.groups.get(&name.to_lowercase()) {
                Some(id) => Some(id.clone()),
                None => {
                    let rule = format!("{name} is not a group of this program: make it first");
                    return Ok((RowState::Bad, Some((Field::Group, rule)), None));
                }
            },
        };
        let partner = self.known.by_email.get(&reading.email).cloned();
        if let Some(why) = self.conflict(reading) {
            return Ok((RowState::Conflicting, Some(why), None));
        }
        let fixed = !reading.links.is_empty();
        let slug = match (&partner, own(reading).filter(|slug| fixed || self.is_free(slug))) {
            (Some(known), _) => known.slug.clone(),
            (None, Some(slug)) => slug.to_string(),
            // Nobody asked for this name: one that is taken gets a suffix.
            (None, None) => format!("partner-{}", hex(&self.app.random::<4>()?)),
        };
        let id = match &partner {
            Some(known) => known.id,
            None => self.app.id()?,
        };
        let mut keys = reading.links.clone();
        if partner.is_none() && keys.is_empty() {
            keys.extend(Slug::new(&slug));
        }
        let mut links: Vec<NewLink> = Vec::new();
        for key in keys {
            let skeleton = key.skeleton();
            // Whose it is has been looked at.
            let mut known = self.known.links.get(&skeleton).into_iter().flatten();
            if known.any(|(known, _)| known == key.as_str()) || links.iter().any(|link| link.key == key.as_str()) {
                continue;
            }
            links.push(NewLink {
                id: self.app.id::<engine::id::LinkNoun>()?.to_string(),
                key: key.to_string(),
                skeleton,
                destination: format!("{}/{slug}", path::LANDING),
                tenant: reading.key.clone(),
            });
        }
        let coupons = reading.coupons.iter().map(|coupon| coupon.as_str().to_owned());
        let coupons: Vec<String> = coupons.filter(|code| !self.known.coupons.contains_key(code)).collect();
        self.seen.insert(reading.email.clone(), reading.clone());
        self.taken.extend(reading.key.iter().map(|key| (Field::Partner, key.clone())));
        self.taken.extend(links.iter().map(|link| (Field::Link, link.skeleton.clone())));
        self.taken.extend(coupons.iter().map(|code| (Field::Coupon, code.clone())));
        if partner.is_some() && links.is_empty() && coupons.is_empty() {
            return Ok((RowState::Matched, None, None));
        }
        let enrolment = Enrolment {
            id,
            new: partner.is_none(),
            email: reading.email.clone(),
            name: reading.name.clone().unwrap_or_else(|| reading.email.clone()),
            slug,
            tenant: reading.key.clone(),
            group,
            links,
            coupons,
        };
        Ok((RowState::New, None, Some(enrolment)))
    }

    /// Keys of what a row says of a partner who is known: their identifier and that of their enrolment, their own link, and
    /// the links and coupons that the row names.
    fn said(&self, reading: &Reading) -> Vec<String> {
        let Some(partner) = self.known.by_email.get(&reading.email) else { return Vec::new() };
        let own = [partner.id.to_string(), format!("joined:{}", partner.id), partner.slug.clone()];
        let links = reading.links.iter().map(Slug::to_string);
        let coupons = reading.coupons.iter().map(|coupon| coupon.as_str().to_owned());
        own.into_iter().chain(links).chain(coupons).collect()
    }

    fn is_free(&self, slug: &Slug) -> bool {
        let skeleton = slug.skeleton();
        !self.known.slugs.contains_key(slug.as_str())
            && !self.known.links.contains_key(&skeleton)
            && !self.taken.contains(&(Field::Link, skeleton))
    }

    /// What somebody else has of what a row says.
    fn conflict(&self, reading: &Reading) -> Option<(Field, String)> {
        let partner = self.known.by_email.get(&reading.email);
        let id = partner.map(|partner| partner.id);
        if partner.is_some_and(|partner| partner.away != 0) {
            return Some((Field::Email, "is a partner who has left the program".into()));
        }
        if let Some(key) = &reading.key {
            let theirs = self.known.tenants.get(key).is_some_and(|email| *email != reading.email);
            if theirs || self.taken.contains(&(Field::Partner, key.clone())) {
                return Some((Field::Partner, format!("{key} is another partner's")));
            }
            if partner.is_some_and(|partner| partner.tenant_id.as_ref() != Some(key)) {
                return Some((Field::Partner, format!("{key} is not what the partner is known by")));
            }
        }
        for slug in &reading.links {
            let mut known = self.known.links.get(&slug.skeleton()).into_iter().flatten();
            let theirs = known.any(|(_, owner)| id.is_none() || *owner != id);
            let page = self.known.slugs.get(slug.as_str()).is_some_and(|email| *email != reading.email);
            if theirs || page || self.taken.contains(&(Field::Link, slug.skeleton())) {
                return Some((Field::Link, format!("{} is, or looks like, another's link", slug.as_str())));
            }
        }
        for coupon in &reading.coupons {
            let code = coupon.as_str();
            let theirs = self.known.coupons.get(code).is_some_and(|owner| Some(*owner) != id);
            if theirs || self.taken.contains(&(Field::Coupon, code.to_owned())) {
                return Some((Field::Coupon, format!("{code} is another partner's")));
            }
        }
        None
    }
}
