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
use wire::settings::Settings;
use worker::D1Database;

use super::{
    archive,
    audit::Pen,
    first, is_taken, number,
    opening::{self, NewKeys},
    statement, text,
};
use crate::error::Error;

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
            consent: if row.consent == "opt_in" { ConsentPolicy::OptIn } else { ConsentPolicy::OptOut },
            names: if row.customer_names == "shown" { Names::Shown } else { Names::Masked },
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
    load(db).await?.ok_or_else(|| Error::not_found("The program: it has not been set up, so it"))
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

/// Replaces the settings.
pub async fn update_settings(db: &Pen, settings: &Settings, allowed_hosts: &[String]) -> Result<(), Error> {
    let sql = "-- program::update_settings
        UPDATE program SET settings = ?1, allowed_hosts = ?2";
    let values = [text(serde_json::to_string(settings)?), text(serde_json::to_string(allowed_hosts)?)];
    db.run(sql, &values).await?;
    Ok(())
}
