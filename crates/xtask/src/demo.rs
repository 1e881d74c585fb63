//! `demo`: from a clone to two sign-in links.

use crate::http::{Client, text};
use crate::load::{self, Loaded};
use crate::place::{self, Home};
use crate::server::{self, Secrets, Server};
use crate::{artefact, step};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::time::Duration;

/// The longest that the API lets a sign-in link live: 30 days, in seconds.
const LINK_LIFE: u32 = 2_592_000;
/// How often one of the printed links may be used.
const LINK_USES: u32 = 1000;

/// What a person chose.
pub struct Options {
    /// Where the server listens.
    pub port: u16,
    /// Wipe the local state first.
    pub fresh: bool,
    /// No sample program.
    pub empty: bool,
    /// Where the databases and `demo.json` are instead of `.tributary`.
    pub home: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { port: 8787, fresh: false, empty: false, home: None }
    }
}

/// Builds, migrates, serves, loads, prints; then lets `while_serving` work until the server ends or a signal comes.
///
/// # Errors
/// Whatever stops the demo.
pub fn run(options: &Options, mut while_serving: impl FnMut() -> Result<()>) -> Result<()> {
    let home = Home::new(options.home.as_deref())?;
    artefact::build(artefact::When::Stale)?;
    if options.fresh {
        server::wipe(&home)?;
    }
    let secrets = Secrets::ensure()?;
    server::migrate(&home)?;
    let mut server = Server::start(&home, options.port)?;
    let client = Client::new(&server.url);
    let loaded = load::ensure(&home, &client, &secrets, options.empty)?;
    announce(&home, &server.url, &client, &loaded)?;
    loop {
        server.check_alive()?;
        while_serving()?;
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn announce(home: &Home, url: &str, client: &Client, loaded: &Loaded) -> Result<()> {
    let api = client.with_bearer(&loaded.api_key);
    let link = |who: Value| -> Result<String> {
        let mut body = json!({ "expiresIn": LINK_LIFE, "uses": LINK_USES });
        if let (Some(body), Value::Object(who)) = (body.as_object_mut(), who) {
            body.extend(who);
        }
        text(&api.post("/api/sign-in-links", &body)?.ok("making a sign-in link")?, "url")
    };
    let marketer = link(json!({ "role": "marketer" }))?;
    let partner = loaded.partners.first();
    let partner_link = partner.map(|partner| link(json!({ "partnerId": partner.id }))).transpose()?;
    let partners: Vec<Value> = loaded
        .partners
        .iter()
        .map(|partner| json!({ "id": partner.id, "name": partner.name, "slug": partner.slug, "link": partner.link }))
        .collect();
    let demo = json!({
        "url": url,
        "api_key": loaded.api_key,
        "publishable_key": loaded.publishable_key,
        "marketer_link": marketer,
        "partner_link": partner_link,
        "partners": partners,
    });
    let path = home.at("demo.json")?;
    let pretty = serde_json::to_string_pretty(&demo).context("cannot write JSON")?;
    server::write_private(&path, &format!("{pretty}\n"))?;

    step::note("");
    step::note(&format!("  Tributary   {url}"));
    step::note(&format!("  Marketer    {marketer}"));
    if let (Some(partner), Some(link)) = (partner, &partner_link) {
        step::note(&format!("  Partner     {link}"));
        step::note(&format!("              {}; a tracked link of theirs: {}", partner.name, partner.link));
    }
    step::note("");
    let shown = path.strip_prefix(place::root()?).unwrap_or(&path).display();
    step::note(&format!("  Keys and links for programs: {shown}. Ctrl-C stops the server."));
    Ok(())
}
