//! The program: one row.

use engine::{
    id::{MemberId, ProgramId},
    money::Currency,
    policy::{Policies, Policy, Rule},
    scope::Names,
    time::Millis,
    visit::ConsentPolicy,
};
use serde::{Deserialize, Serialize};
use wire::{problem::Code, settings::Settings};
use worker::D1Database;

use super::{
    archive,
    audit::Pen,
    first, is_taken, number,
    opening::{self, NewKeys},
    rows, statement,
    statement::closed_until,
    terms, text,
};
use crate::{app::digest, error::Error};

/// Most versions of the policy: every redirect reads them with the program.
const POLICIES_MAX: usize = 200;

/// The program.
#[derive(Debug, Clone)]
pub struct Program {
    pub id: ProgramId,
    pub name: String,
    pub url: String,
    pub currency: Currency,
    pub color: String,
    pub allowed_hosts: Vec<String>,
    pub fallback_url: String,
    pub consent: ConsentPolicy,
    pub names: Names,
    pub policies: Policies,
    /// Name of an IANA time zone.
    pub timezone: String,
    /// What a marketer may change.
    pub settings: Settings,
}

/// The program as it is stored, in the database and in the cache.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProgramRow {
    pub id: ProgramId,
    pub name: String,
    url: String,
    currency: Currency,
    color: String,
    allowed_hosts: String,
    fallback_url: String,
    consent: String,
    customer_names: String,
    policy: String,
    /// Rows that were cached before it was read have none.
    #[serde(default)]
    timezone: String,
    /// Likewise.
    #[serde(default = "no_settings")]
    settings: String,
}

fn no_settings() -> String {
    "{}".to_owned()
}

/// The rules as they are stored: every version, or, before rules had versions, one for new revenue and one for the rest.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredPolicy {
    Versions(Policies),
    First { version: u32, new: Rule, rest: Rule },
}

impl From<StoredPolicy> for Policies {
    fn from(stored: StoredPolicy) -> Self {
        match stored {
            StoredPolicy::Versions(policies) => policies,
            StoredPolicy::First { version, new, rest } => {
                Policy { version, new, renewal: rest, expansion: rest, ..Policy::default() }.into()
            }
        }
    }
}

impl TryFrom<ProgramRow> for Program {
    type Error = Error;

    fn try_from(row: ProgramRow) -> Result<Self, Error> {
        Ok(Self {
            id: row.id,
            name: row.name,
            url: row.url,
            currency: row.currency,
            color: row.color,
            allowed_hosts: serde_json::from_str(&row.allowed_hosts)?,
            fallback_url: row.fallback_url,
            consent: consent(&row.consent),
            names: names(&row.customer_names),
            policies: serde_json::from_str::<StoredPolicy>(&row.policy)?.into(),
            timezone: row.timezone,
            settings: serde_json::from_str(&row.settings)?,
        })
    }
}

/// The program as it is stored, if one has been set up.
pub async fn load_row(db: &D1Database) -> Result<Option<ProgramRow>, Error> {
    let sql = "-- program::load
        SELECT id, name, url, currency, color, allowed_hosts, fallback_url, consent, customer_names, policy, timezone,
          settings
        FROM program";
    first(db, sql, &[]).await
}

/// The program, if one has been set up.
pub async fn load(db: &D1Database) -> Result<Option<Program>, Error> {
    load_row(db).await?.map(Program::try_from).transpose()
}

/// The program; without one there is nothing to ask for.
pub async fn require(db: &D1Database) -> Result<Program, Error> {
    require_row(db).await?.try_into()
}

/// The same as it is stored.
pub async fn require_row(db: &D1Database) -> Result<ProgramRow, Error> {
    load_row(db).await?.ok_or_else(|| Error::not_found("The program: it has not been set up, so it"))
}

/// A program to set up.
pub struct NewProgram<'a> {
    pub id: ProgramId,
    pub name: &'a str,
    pub url: &'a str,
    pub currency: Currency,
    pub timezone: &'a str,
    pub color: &'a str,
    pub allowed_hosts: &'a [String],
    pub fallback_url: &'a str,
    pub consent: &'a str,
    pub customer_names: &'a str,
    /// Identifier, e-mail address and name.
    pub owner: (MemberId, &'a str, &'a str),
    pub keys: &'a NewKeys,
    pub at: Millis,
}

/// Sets the program up, all or nothing. `false` where there is one already.
pub async fn create(db: &Pen, new: &NewProgram<'_>) -> Result<bool, Error> {
    let program = "-- program::create
        INSERT INTO program (id, name, url, currency, timezone, color, allowed_hosts, fallback_url, consent, customer_names,
          policy, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    let member = "-- program::create
        INSERT INTO member (id, email, name, role, created_at) VALUES (?4, ?1, ?2, 'owner', ?3)";
    let key = "-- program::create
        INSERT INTO api_key (id, hash, kind, scopes, name, hint, created_at) VALUES (?1, ?2, ?3, ?4, 'Setup', ?6, ?5)";
    let hosts = serde_json::to_string(new.allowed_hosts)?;
    let policy = serde_json::to_string(&Policies::default())?;
    let bind = |sql, values: &[_]| statement(db, sql, values);
    let mut batch = vec![
        bind(
            program,
            &[
                text(new.id.to_string()),
                text(new.name),
                text(new.url),
                text(new.currency.code()),
                text(new.timezone),
                text(new.color),
                text(hosts),
                text(new.fallback_url),
                text(new.consent),
                text(new.customer_names),
                text(policy),
                number(new.at.0),
            ],
        )?,
        bind(member, &[text(new.owner.1), text(new.owner.2), number(new.at.0), text(new.owner.0.to_string())])?,
    ];
    // An export that came in by half has nowhere to go by now.
    batch.extend(archive::discarded(db));
    for new_key in &new.keys.stored {
        let values = [
            text(new_key.id.to_string()),
            text(&new_key.hash),
            text(new_key.kind),
            text(new_key.scopes),
            number(new.at.0),
            text(&new_key.hint),
        ];
        batch.push(bind(key, &values)?);
    }
    batch.push(opening::salted(db, &new.keys.salt)?);
    match db.write(batch).await {
        Ok(_) => Ok(true),
        Err(error) if is_taken(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

impl ProgramRow {
    /// Names the state of everything that [`update`] changes.
    pub fn version(&self) -> String {
        let mut version = digest(self.kept().join("\n"));
        version.truncate(16);
        version
    }

    /// What [`update`] changes, as it is stored.
    fn kept(&self) -> [&str; 8] {
        [
            &self.name,
            &self.url,
            &self.color,
            &self.allowed_hosts,
            &self.fallback_url,
            &self.consent,
            &self.customer_names,
            &self.settings,
        ]
    }
}

/// Replaces what a marketer may change, if it still is as it was read.
///
/// # Errors
/// A conflict where it is not.
pub async fn update(pen: &Pen, before: &ProgramRow, after: &Program) -> Result<(), Error> {
    let sql = "-- program::update
        UPDATE program SET name = ?1, url = ?2, color = ?3, allowed_hosts = ?4, fallback_url = ?5, consent = ?6,
          customer_names = ?7, settings = ?8
        WHERE (name, url, color, allowed_hosts, fallback_url, consent, customer_names, settings)
          = (?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
        RETURNING id";
    let mut values = vec![
        text(&after.name),
        text(&after.url),
        text(&after.color),
        text(serde_json::to_string(&after.allowed_hosts)?),
        text(&after.fallback_url),
        text(consent_word(after.consent)),
        text(names_word(after.names)),
        text(serde_json::to_string(&after.settings)?),
    ];
    values.extend(before.kept().map(text));
    let results = pen.write(vec![statement(pen, sql, &values)?]).await?;
    if rows::<serde_json::Value>(&results, 0)?.is_empty() { Err(overtaken()) } else { Ok(()) }
}

/// Somebody else was faster.
pub fn overtaken() -> Error {
    let message = "version: is not the newest; somebody changed the settings meanwhile. Read them again";
    Error::Refused(Code::Conflict, message.into())
}

/// Puts a version of the policy behind the newest one.
///
/// # Errors
/// A conflict when there is one of this number; a broken rule when it begins in a month that is closed, or there are
/// [`POLICIES_MAX`].
pub async fn add_policy(pen: &Pen, policy: Policy) -> Result<(), Error> {
    let before = require_row(pen).await?.policy;
    let mut versions: Vec<Policy> = Policies::from(serde_json::from_str::<StoredPolicy>(&before)?).into();
    if versions.iter().any(|known| known.version >= policy.version) {
        return Err(policy_overtaken());
    }
    if versions.len() >= POLICIES_MAX {
        return Err(Error::rule("version", format!("there are {POLICIES_MAX}, which is the most")));
    }
    versions.push(policy);
    // In the same statement as the write: a month may be closed between a reading and it.
    let sql = "-- program::add_policy
        UPDATE program SET policy = ?1
        WHERE policy = ?2 AND NOT EXISTS (SELECT 1 FROM closed_month WHERE until > ?3)
        RETURNING id";
    let values = [text(serde_json::to_string(&versions)?), text(before), number(policy.since.millis().0)];
    let results = pen.write(vec![statement(pen, sql, &values)?]).await?;
    if !rows::<serde_json::Value>(&results, 0)?.is_empty() {
        return Ok(());
    }
    match closed_until(pen).await? {
        Some(until) if policy.since < until => Err(terms::closed()),
        _ => Err(policy_overtaken()),
    }
}

/// Somebody else was faster.
pub fn policy_overtaken() -> Error {
    let message = "version: is not the newest; another version was added meanwhile. Read the policy again";
    Error::Refused(Code::Conflict, message.into())
}

/// The words of how visitors are asked for consent, the default first.
pub const CONSENT: [&str; 2] = ["opt_out", "opt_in"];
/// The words of how partners read the names of customers, the default first.
pub const NAMES: [&str; 2] = ["masked", "shown"];

/// The word of how visitors are asked.
pub fn consent_word(consent: ConsentPolicy) -> &'static str {
    CONSENT[usize::from(consent == ConsentPolicy::OptIn)]
}

/// How visitors are asked, from its word; what nobody knows is the default.
pub fn consent(word: &str) -> ConsentPolicy {
    if word == CONSENT[1] { ConsentPolicy::OptIn } else { ConsentPolicy::OptOut }
}

/// The word of how partners read the names of customers.
pub fn names_word(names: Names) -> &'static str {
    NAMES[usize::from(names == Names::Shown)]
}

/// How partners read the names of customers, from its word; what nobody knows is the default.
pub fn names(word: &str) -> Names {
    if word == NAMES[1] { Names::Shown } else { Names::Masked }
}
