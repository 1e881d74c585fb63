//! What was sent of a link, checked and put in the place of what was.

use std::collections::BTreeMap;

use engine::{
    id::{FolderId, PartnerId, TagId},
    link::{Expiry, Limit, Rules, State, Test, Variant},
    text::{Slug, clean},
    time::Millis,
};
use wire::{
    dub::{Given, LinkFields, TestVariant},
    fact::{Fault, key, time},
};
use worker::D1Database;

use crate::{
    app::App,
    error::Error,
    http::destination::Allowed,
    password,
    store::{
        self,
        link::{Row, filing},
        partner::By,
        program::Program,
    },
};

/// Most destinations of a test.
const VARIANTS_MAX: usize = 8;
/// Most countries, or languages, of a link.
const TARGETS_MAX: usize = 100;
/// Most tags of a link.
const TAGS_MAX: usize = 20;

/// What links are checked against.
pub struct Desk<'a> {
    pub app: &'a App,
    pub db: &'a D1Database,
    pub program: &'a Program,
}

/// What stands after a change: what was sent, `null` and the empty text for nothing, else what stood before.
fn either(given: &Given<String>, stored: Option<String>) -> Option<String> {
    given.clone().map_or(stored, |sent| sent.filter(|text| !text.is_empty()))
}

/// The same for a text that is cleaned.
fn words(given: &Given<String>, stored: Option<String>, max: usize) -> Option<String> {
    given.as_ref().map_or(stored, |sent| sent.as_deref().and_then(|text| clean(text, max)))
}

/// The same for a time. A day alone begins at midnight (UTC).
fn moment(field: &'static str, given: &Given<String>, stored: Option<Millis>) -> Result<Option<Millis>, Fault> {
    match given {
        None => Ok(stored),
        Some(sent) => sent
            .as_deref()
            .filter(|text| !text.is_empty())
            .map(|text| if text.len() == 10 { time(field, &format!("{text}T00:00:00Z")) } else { time(field, text) })
            .transpose(),
    }
}

impl Desk<'_> {
    fn allowed(&self) -> Allowed<'_> {
        Allowed::by(self.app, self.program)
    }

    /// A destination that was sent, or the stored one, which was checked when it was sent.
    fn site(
        &self,
        field: &'static str,
        given: &Given<String>,
        stored: Option<String>,
    ) -> Result<Option<String>, Error> {
        let to = either(given, stored);
        if given.is_some() { to.map(|to| self.allowed().site(field, &to)).transpose() } else { Ok(to) }
    }

    fn phone(
        &self,
        field: &'static str,
        given: &Given<String>,
        stored: Option<String>,
    ) -> Result<Option<String>, Error> {
        let to = either(given, stored);
        if given.is_some() { to.map(|to| self.allowed().app(field, &to)).transpose() } else { Ok(to) }
    }

    /// The host that a request names: `None` for the main one.
    pub fn domain(&self, text: &str) -> Result<Option<String>, Error> {
        let text = text.trim().to_ascii_lowercase();
        let domains = &self.program.settings.domains;
        if domains.contains(&text) {
            Ok(Some(text))
        } else if text == self.app.host() || Some(text.as_str()) == self.app.host().split(':').next() {
            Ok(None)
        } else {
            let known: Vec<&str> = domains.iter().map(String::as_str).chain([self.app.host()]).collect();
            Err(Error::rule("domain", format!("must be one of the program's: {}", known.join(", "))))
        }
    }

    /// A link with what was sent in the place of what was, and its tags where some were sent. Nothing is written.
    ///
    /// # Errors
    /// 422 naming the field and the rule.
    pub async fn apply(&self, row: Row, sent: &LinkFields) -> Result<(Row, Option<Vec<TagId>>), Error> {
        if sent.rewrite == Some(true) {
            return Err(Error::rule("rewrite", "is not done: a link leads on, and never shows a page as its own"));
        }
        if sent.video.as_ref().is_some_and(|video| video.as_ref().is_some_and(|text| !text.is_empty())) {
            return Err(Error::rule("video", "is not kept; leave it out"));
        }
        let tags = self.tags(sent).await?;
        let destination = self.destination(&row, sent)?;
        let rules = self.rules(row.rules()?, sent).await?;
        let state = self.state(&row.state()?, sent)?;
        let partner_id = self.partner(row.partner_id, sent).await?;
        let folder_id = self.folder(row.folder_id, sent).await?;
        let kind = match sent.kind.as_deref() {
            None => row.kind.clone(),
            Some(kind @ ("click" | "listing")) => kind.to_owned(),
            Some(_) => return Err(Error::rule("kind", "must be click or listing")),
        };
        let image = either(&sent.image, row.image.clone());
        if image.as_deref().is_some_and(|image| !image.starts_with("https://") || image.len() > 2000) {
            return Err(Error::rule("image", "must be an https address of at most 2000 characters"));
        }
        let id = |field, given: &Given<String>, stored: &Option<String>| {
            either(given, stored.clone()).map(|text| key(field, &text)).transpose()
        };
        let row = Row {
            destination,
            partner_id,
            folder_id,
            kind,
            image,
            utm: serde_json::to_string(&sent.utm(&row.utm()?))?,
            rules: serde_json::to_string(&rules)?,
            state: serde_json::to_string(&state)?,
            title: words(&sent.title, row.title.clone(), 200),
            description: words(&sent.description, row.description.clone(), 500),
            comments: words(&sent.comments, row.comments.clone(), 2000),
            external_id: id("externalId", &sent.external_id, &row.external_id)?,
            tenant_id: id("tenantId", &sent.tenant_id, &row.tenant_id)?,
            templates: sent.utm_templates.unwrap_or(row.templates),
            proxy: sent.proxy.unwrap_or(row.proxy),
            do_index: sent.do_index.unwrap_or(row.do_index),
            archived: sent.archived.unwrap_or(row.archived),
            updated_at: self.app.now().0,
            ..row
        };
        if row.external_id.as_deref().is_some_and(|id| id.starts_with("ext_")) {
            return Err(Error::rule("externalId", "must not begin with ext_, which marks it in addresses"));
        }
        Ok((row, tags))
    }

    fn destination(&self, row: &Row, sent: &LinkFields) -> Result<String, Error> {
        let mut destination = row.destination.clone();
        if let Some(url) = &sent.url {
            destination = self.allowed().site("url", url)?;
        }
        if let Some(Some(value)) = &sent.r#ref {
            let wrong = |_| Error::rule("ref", "needs a url of another host");
            let mut url = url::Url::parse(&destination).map_err(wrong)?;
            let others: Vec<(String, String)> =
                url.query_pairs().into_owned().filter(|(name, _)| name != "ref").collect();
            url.query_pairs_mut().clear().extend_pairs(others).append_pair("ref", value);
            destination = self.allowed().site("ref", url.as_str())?;
        }
        Ok(destination)
    }

    async fn rules(&self, stored: Rules, sent: &LinkFields) -> Result<Rules, Error> {
        let Rules { expiry, limit, password, mut devices, countries, languages, test } = stored;
        let (at, to) = expiry.map(|end| (Some(end.at), end.to)).unwrap_or_default();
        let at = moment("expiresAt", &sent.expires_at, at)?;
        let to = self.site("expiredUrl", &sent.expired_url, to)?;
        if at.is_none() && sent.expired_url.is_some() && to.is_some() {
            return Err(Error::rule("expiredUrl", "needs expiresAt"));
        }
        let expiry = at.map(|at| Expiry { at, to });

        let (clicks, to) = limit.map(|end| (Some(end.clicks), end.to)).unwrap_or_default();
        let clicks = sent.click_limit.unwrap_or(clicks);
        if clicks.is_some_and(|clicks| !(1..=1_000_000_000).contains(&clicks)) {
            return Err(Error::rule("clickLimit", "must be from 1 to 1000000000"));
        }
        let to = self.site("limitUrl", &sent.limit_url, to)?;
        if clicks.is_none() && sent.limit_url.is_some() && to.is_some() {
            return Err(Error::rule("limitUrl", "needs clickLimit"));
        }
        let limit = clicks.map(|clicks| Limit { clicks, to });

        devices.ios = self.phone("ios", &sent.ios, devices.ios)?;
        devices.android = self.phone("android", &sent.android, devices.android)?;
        devices.desktop = self.site("desktop", &sent.desktop, devices.desktop)?;
        let is_country = |code: &str| code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic());
        let countries = self.targets("geo", &sent.geo, countries, |code| {
            if is_country(code) {
                Ok(code.to_ascii_uppercase())
            } else {
                Err("ISO 3166-1 codes of two letters, such as AT")
            }
        })?;
        let languages = self.targets("languages", &sent.languages, languages, |tag| {
            let part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
            let is_tag = tag.len() <= 35 && tag.len() >= 2 && tag.split('-').all(part);
            if is_tag { Ok(tag.to_ascii_lowercase()) } else { Err("BCP 47 tags, such as de or pt-BR") }
        })?;
        let test = self.test(test, sent)?;
        let password = match &sent.password {
            None => password,
            Some(word) => match word.as_deref().filter(|word| !word.is_empty()) {
                None => None,
                Some(word) if word.len() > password::MAX => {
                    return Err(Error::rule("password", format!("must have at most {} bytes", password::MAX)));
                }
                Some(word) => Some(password::hash(self.app, word).await?),
            },
        };
        Ok(Rules { expiry, limit, password, devices, countries, languages, test })
    }

    fn targets(
        &self,
        field: &'static str,
        given: &Given<BTreeMap<String, String>>,
        stored: BTreeMap<String, String>,
        name: impl Fn(&str) -> Result<String, &'static str>,
    ) -> Result<BTreeMap<String, String>, Error> {
        let Some(sent) = given else { return Ok(stored) };
        let sent = sent.iter().flatten();
        if sent.clone().count() > TARGETS_MAX {
            return Err(Error::rule(field, format!("must have at most {TARGETS_MAX} entries")));
        }
        sent.map(|(key, to)| {
            let key = name(key.trim()).map_err(|rule| Error::rule(field, format!("must be by {rule}")))?;
            Ok((key, self.allowed().site(field, to)?))
        })
        .collect()
    }

    fn test(&self, stored: Option<Test>, sent: &LinkFields) -> Result<Option<Test>, Error> {
        let (variants, from, until) = stored.map(|test| (test.variants, test.from, test.until)).unwrap_or_default();
        let variants = match &sent.test_variants {
            None => variants,
            Some(sent) => self.variants(sent.as_deref().unwrap_or_default())?,
        };
        let from = moment("testStartedAt", &sent.test_started_at, from)?;
        let until = moment("testCompletedAt", &sent.test_completed_at, until)?;
        if from.zip(until).is_some_and(|(from, until)| until <= from) {
            return Err(Error::rule("testCompletedAt", "must be after testStartedAt"));
        }
        Ok((!variants.is_empty()).then_some(Test { variants, from, until }))
    }

    fn variants(&self, sent: &[TestVariant]) -> Result<Vec<Variant>, Error> {
        let field = "testVariants";
        if sent.is_empty() {
            return Ok(Vec::new());
        }
        if !(2..=VARIANTS_MAX).contains(&sent.len()) {
            return Err(Error::rule(field, format!("must be from 2 to {VARIANTS_MAX}")));
        }
        let whole = |percentage: f64| percentage.fract() == 0.0 && (1.0..=99.0).contains(&percentage);
        if !sent.iter().all(|variant| whole(variant.percentage))
            || sent.iter().map(|variant| variant.percentage).sum::<f64>() != 100.0
        {
            return Err(Error::rule(field, "must have whole percentages from 1 to 99 that add up to 100"));
        }
        sent.iter()
            .map(|variant| {
                Ok(Variant { to: self.allowed().site(field, &variant.url)?, percentage: variant.percentage as u8 })
            })
            .collect()
    }

    fn state(&self, stored: &State, sent: &LinkFields) -> Result<State, Error> {
        let to = self.site("insteadUrl", &sent.instead_url, stored.to().map(str::to_owned))?;
        match sent.state.as_deref().unwrap_or(stored.word()) {
            "live" if to.is_some() && sent.instead_url.is_some() => {
                Err(Error::rule("insteadUrl", "needs state paused or retired"))
            }
            "live" => Ok(State::Live),
            "paused" => {
                let by_partner = sent.state.is_none() && matches!(stored, State::Paused { by_partner: true, .. });
                Ok(State::Paused { to, by_partner })
            }
            "retired" => Ok(State::Retired { to }),
            _ => Err(Error::rule("state", "must be live, paused or retired")),
        }
    }

    async fn partner(&self, stored: Option<PartnerId>, sent: &LinkFields) -> Result<Option<PartnerId>, Error> {
        match (&sent.partner_id, &sent.tenant_id) {
            (Some(Some(id)), _) => {
                let id: PartnerId = id.parse().map_err(|e| Fault::new("partnerId", e))?;
                let found = store::partner::find(self.db, By::Id(id)).await?;
                Ok(Some(found.ok_or_else(|| Error::rule("partnerId", "is not a partner of this program"))?.id))
            }
            (Some(None), _) => Ok(None),
            (None, Some(Some(tenant))) if stored.is_none() => {
                Ok(store::partner::find(self.db, By::Tenant(tenant)).await?.map(|partner| partner.id))
            }
            (None, _) => Ok(stored),
        }
    }

    async fn folder(&self, stored: Option<FolderId>, sent: &LinkFields) -> Result<Option<FolderId>, Error> {
        match &sent.folder_id {
            None => Ok(stored),
            Some(None) => Ok(None),
            Some(Some(id)) if id.is_empty() => Ok(None),
            Some(Some(id)) => {
                let id: FolderId = id.parse().map_err(|e| Fault::new("folderId", e))?;
                let found = filing::folder(self.db, id).await?;
                Ok(Some(found.ok_or_else(|| Error::rule("folderId", "is not a folder of this program"))?.id))
            }
        }
    }

    /// The tags that a request names; `None` where it says nothing of tags.
    async fn tags(&self, sent: &LinkFields) -> Result<Option<Vec<TagId>>, Error> {
        let (field, names) = match (&sent.tag_ids, &sent.tag_names, &sent.tag_id) {
            (Some(ids), ..) => ("tagIds", ids.list()),
            (None, Some(names), _) => ("tagNames", names.list()),
            (None, None, Some(id)) => ("tagId", id.as_deref().into_iter().collect()),
            (None, None, None) => return Ok(None),
        };
        if names.len() > TAGS_MAX {
            return Err(Error::rule(field, format!("must be at most {TAGS_MAX}")));
        }
        if names.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let found = filing::tags_named(self.db, &names).await?;
        let named = |name: &str| {
            found
                .iter()
                .find(|tag| if field == "tagNames" { tag.name.eq_ignore_ascii_case(name) } else { tag.id == name })
        };
        let id = |name: &&str| {
            let tag = named(name).ok_or_else(|| Error::rule(field, format!("{name} is not a tag of this program")))?;
            Ok(tag.id.parse().map_err(|e| Fault::new(field, e))?)
        };
        names.iter().map(id).collect::<Result<_, _>>().map(Some)
    }

    /// What a link that is changed is kept under from now on.
    pub fn renamed(&self, row: &Row, sent: &LinkFields) -> Result<String, Error> {
        let (stored, key) = row.address();
        let domain = match &sent.domain {
            Some(text) => self.domain(text)?,
            None => stored.map(str::to_owned),
        };
        let slug = match &sent.key {
            Some(text) if text.trim().to_ascii_lowercase() != key => Slug::coin(text),
            _ => Slug::new(key),
        };
        Ok(store::link::name(domain.as_deref(), &slug.map_err(|e| Fault::new("key", e))?))
    }
}
