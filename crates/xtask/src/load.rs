//! Sets the program up and loads the sample, through the endpoints that anybody has.
//!
//! What was reached is noted beside the databases, so that a start after an interrupted one goes on: every call here
//! may be made again without harm (a partner is known by its email, a link by its key, a fact by its id).

use crate::http::{Answer, Client, text};
use crate::place::Home;
use crate::sample::{Names, Sample, desk};
use crate::server::Secrets;
use crate::{server, step};
use anyhow::{Context, Result, bail};
use chrono::{DateTime, Datelike as _, NaiveDate};
use serde_json::{Value, json};
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

/// The API takes up to 500 facts and 1 MiB at once.
const BATCH: usize = 500;
/// The largest page of `GET /api/partners`.
const PAGE: usize = 100;

/// A program that is ready to be shown.
pub struct Loaded {
    /// The secret key from the setup.
    pub api_key: String,
    /// The publishable key from the setup.
    pub publishable_key: String,
    /// The sample's partners in its order, or whoever is there.
    pub partners: Vec<Partner>,
}

/// One partner as the server knows it.
pub struct Partner {
    /// `pn_…`.
    pub id: String,
    /// As shown.
    pub name: String,
    /// The last part of their link.
    pub slug: String,
    /// The address of their default link.
    pub link: String,
}

struct Progress {
    api_key: String,
    publishable_key: String,
    /// The day that the sample's dates are relative to.
    day: NaiveDate,
    done: bool,
}

/// Makes sure that the program is set up and, unless `empty`, that the sample is in it.
///
/// # Errors
/// When an endpoint refuses, or the notes and the databases do not belong together.
pub fn ensure(home: &Home, client: &Client, secrets: &Secrets, empty: bool) -> Result<Loaded> {
    let mut progress = match Progress::read(home)? {
        Some(progress) => progress,
        None => set_up(home, client, secrets)?,
    };
    let api = client.with_bearer(&progress.api_key);
    let partners = if progress.done || empty {
        listed(&api)?
    } else {
        let sample = Sample::new(progress.day);
        let partners = load(&api, &sample, progress.day.year())?;
        progress.done = true;
        progress.write(home)?;
        partners
    };
    Ok(Loaded { api_key: progress.api_key, publishable_key: progress.publishable_key, partners })
}

fn set_up(home: &Home, client: &Client, secrets: &Secrets) -> Result<Progress> {
    let answer = client.with_bearer(&secrets.setup).post("/api/setup", &Sample::program())?;
    if answer.status == 409 {
        bail!("the local database holds a program whose keys are lost: start again with --fresh");
    }
    let made = answer.ok("setting the program up")?;
    let progress = Progress {
        api_key: text(&made, "apiKey")?,
        publishable_key: text(&made, "publishableKey")?,
        day: today()?,
        done: false,
    };
    progress.write(home)?;
    Ok(progress)
}

fn today() -> Result<NaiveDate> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock stands before 1970")?;
    let now = DateTime::from_timestamp(i64::try_from(now.as_secs())?, 0).context("the clock is out of range")?;
    Ok(now.date_naive())
}

impl Progress {
    fn read(home: &Home) -> Result<Option<Self>> {
        let path = home.at("state/sample.json")?;
        let Ok(found) = fs::read_to_string(&path) else {
            return Ok(None);
        };
        let found: Value = serde_json::from_str(&found)
            .with_context(|| format!("{} is damaged: start with --fresh", path.display()))?;
        Ok(Some(Self {
            api_key: text(&found, "api_key")?,
            publishable_key: text(&found, "publishable_key")?,
            day: text(&found, "day")?.parse().context("the sample's day")?,
            done: found["done"] == json!(true),
        }))
    }

    fn write(&self, home: &Home) -> Result<()> {
        let text = json!({
            "api_key": self.api_key,
            "publishable_key": self.publishable_key,
            "day": self.day.to_string(),
            "done": self.done,
        });
        server::write_private(&home.at("state/sample.json")?, &text.to_string())
    }
}

fn load(api: &Client, sample: &Sample, year: i32) -> Result<Vec<Partner>> {
    let mut step = step::Step::begin("the sample program");
    let mut partners = Vec::with_capacity(sample.partners.len());
    let mut names = Names::default();
    for group in desk::groups() {
        made_or_there(api.post("/api/groups", &group)?, "making a group")?;
    }
    for group in api.get("/api/groups?pageSize=100")?.ok("listing the groups")?.as_array().into_iter().flatten() {
        names.groups.push((text(group, "name")?, text(group, "id")?));
    }
    for spec in &sample.partners {
        let made = api.post("/api/partners", &spec.body(&names))?.ok(&format!("making the partner {}", spec.name))?;
        let partner = partner(&made)?;
        names.partners.push(partner.id.clone());
        partners.push(partner);
        step.progress(&format!("{} partners", partners.len()));
    }
    for (at, spec) in sample.links.iter().enumerate() {
        let answer = api.post("/api/links", &spec.body(&names)?)?;
        made_or_there(answer, &format!("making the link {}", spec.key))?;
        step.progress(&format!("{} links", at + 1));
    }
    made_or_there(api.post("/api/terms", &Sample::terms())?, "setting the terms")?;
    refused(&api.post("/api/facts", &json!(Sample::goals(&names, year)))?.ok("setting goals")?)?;
    let mut sent = 0;
    for batch in sample.facts.chunks(BATCH) {
        let mut lines = String::new();
        for fact in batch {
            lines.push_str(&fact.json(&names)?.to_string());
            lines.push('\n');
        }
        let answer = api.post_text("/api/facts", "application/x-ndjson", &lines)?.ok("sending facts")?;
        refused(&answer)?;
        sent += batch.len();
        step.progress(&format!("{sent} of {} facts", sample.facts.len()));
    }
    put_on_desks(api, &names)?;
    step.done(&format!("{} partners, {} links, {sent} facts", partners.len(), sample.links.len() + partners.len()));
    Ok(partners)
}

/// What people of the program have before them; what an interrupted start already put there is not put twice.
fn put_on_desks(api: &Client, names: &Names) -> Result<()> {
    for (page, is_public) in desk::pages(names)? {
        let answer = api.post("/api/pages", &page)?;
        if answer.status == 409 {
            continue;
        }
        let made = answer.ok("making a landing page")?;
        if is_public {
            api.post(&format!("/api/pages/{}/publish", text(&made, "id")?), &json!({}))?
                .ok("publishing a landing page")?;
        }
    }
    let there = api.get("/api/deals?pageSize=1")?.ok("listing registrations")?;
    if there.as_array().is_some_and(Vec::is_empty) {
        for deal in desk::registrations(names)? {
            api.post("/api/deals", &deal)?.ok("registering a deal")?;
        }
    }
    Ok(())
}

/// A link that an interrupted start already made is as good as a new one.
fn made_or_there(answer: Answer, what: &str) -> Result<()> {
    if answer.status == 409 {
        return Ok(());
    }
    answer.ok(what).map(drop)
}

/// The sample is right or it is not loaded: one refused fact is an error.
fn refused(answer: &Value) -> Result<()> {
    let count = |field: &str| answer[field].as_u64();
    if (count("invalid"), count("conflict")) == (Some(0), Some(0)) {
        return Ok(());
    }
    let bad = answer["results"].as_array().and_then(|results| {
        results.iter().find(|result| result["status"] == "invalid" || result["status"] == "conflict")
    });
    bail!("the server refused facts of the sample, the first: {}", bad.unwrap_or(answer))
}

fn partner(made: &Value) -> Result<Partner> {
    let slug = text(made, "username")?;
    let links = made["links"].as_array().context("a partner without links")?;
    let link = links.iter().find(|link| link["key"] == slug.as_str()).context("a partner without its default link")?;
    Ok(Partner { id: text(made, "id")?, name: text(made, "name")?, link: text(link, "shortLink")?, slug })
}

fn listed(api: &Client) -> Result<Vec<Partner>> {
    let answer = api.get(&format!("/api/partners?pageSize={PAGE}"))?.ok("listing the partners")?;
    let there = answer.as_array().context("the list of partners is no list")?;
    let mut partners = there.iter().map(partner).collect::<Result<Vec<_>>>()?;
    // The one that the sample puts first is the one whose portal is worth a look.
    let first = Sample::partner_slugs();
    partners.sort_by_key(|partner| first.iter().position(|slug| *slug == partner.slug).unwrap_or(usize::MAX));
    Ok(partners)
}
