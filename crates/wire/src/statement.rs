//! What partners are paid: the terms (`/api/terms`), and statements by month (`/api/statements`).

use engine::{
    commission::{
        Draft, Review, Rule, Version,
        close::{Entry, Line, Paid, Sheet, Totals},
    },
    time::Time,
};
use serde::{Deserialize, Serialize};

use crate::fact::write_time;

/// Most rules of a version.
pub const RULES_MAX: usize = 100;
/// Most characters of a rule's name.
pub const NAME_MAX: usize = 100;

/// A version of the terms.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TermsVersion {
    /// Its number: counts up from 1.
    pub version: u32,
    /// The first sale that it judges (RFC 3339).
    pub since: String,
    /// Its rules, in order: the first that fits decides.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<serde_json::Value>"))]
    pub rules: Vec<Rule>,
}

impl From<Version> for TermsVersion {
    fn from(version: Version) -> Self {
        Self { version: version.version, since: write_time(version.since.millis()), rules: version.rules }
    }
}

/// `POST /api/terms`: adds a version.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AddTerms {
    /// The newest version that the sender saw; 0 for none.
    pub version: u32,
    /// The first sale that the new one judges (RFC 3339).
    pub since: String,
    /// Its rules, in order.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<serde_json::Value>"))]
    pub rules: Vec<Draft>,
}

impl AddTerms {
    /// The rules, verified.
    ///
    /// # Errors
    /// Names the rule, its field and what that must be: `rules[1].pay.flat: must …`.
    pub fn rules(self) -> Result<Vec<Rule>, String> {
        if self.rules.len() > RULES_MAX {
            return Err(format!("rules: must be at most {RULES_MAX}"));
        }
        let mut rules: Vec<Rule> = Vec::with_capacity(self.rules.len());
        for (i, draft) in self.rules.into_iter().enumerate() {
            let field = |rule: &str| format!("rules[{i}].{rule}");
            if draft.name.chars().count() > NAME_MAX {
                return Err(field(&format!("name: must have at most {NAME_MAX} characters")));
            }
            if rules.iter().any(|rule| rule.draft().name == draft.name) {
                return Err(field("name: must be another than that of a rule before"));
            }
            rules.push(Rule::try_from(draft).map_err(field)?);
        }
        Ok(rules)
    }
}

/// `POST /api/statements/close`.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CloseMonth {
    /// `2026-10`: it and every month before it that is open.
    pub month: String,
}

/// What `POST /api/statements/close` answers.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Closed {
    /// The months that were closed by this request, the first first; none where all were closed already.
    pub closed: Vec<String>,
}

/// A partner's statement of a month in one currency. Amounts are minor units.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// `2026-10`, in the program's time zone.
    pub month: String,
    /// Whose.
    pub partner_id: String,
    /// ISO 4217.
    pub currency: String,
    /// When it was closed; `null` while it is open: then it is a statement so far.
    pub closed_at: Option<String>,
    /// Owed when it began, as was stated.
    pub opening: i64,
    /// What has turned out otherwise for the months before, since they were closed.
    pub correction: Totals,
    /// What happened in the month.
    #[serde(flatten)]
    pub movement: Totals,
    /// Owed when it ends: opening, and what correction and month earned, less what they clawed back and paid.
    pub closing: i64,
    /// Payable when it began, as was stated.
    pub payable_opening: i64,
    /// Payable when it ends.
    pub payable_closing: i64,
    /// Of what is owed when it ends, what is still on hold.
    pub held: i64,
    /// The lines of the correction.
    pub corrections: Vec<StatementLine>,
    /// The lines of the month.
    pub lines: Vec<StatementLine>,
}

impl Statement {
    /// The statement that a sheet makes.
    #[must_use]
    pub fn new(month: String, partner_id: String, currency: String, closed_at: Option<String>, sheet: Sheet) -> Self {
        let (before, after) = (sheet.before, sheet.after());
        let lines = |lines: Vec<Line>| lines.into_iter().map(StatementLine::from).collect();
        Self {
            month,
            partner_id,
            currency,
            closed_at,
            opening: before.owed(),
            correction: sheet.correction,
            movement: sheet.movement,
            closing: after.owed(),
            payable_opening: before.payable(),
            payable_closing: after.payable(),
            held: after.owed() - after.payable(),
            corrections: lines(sheet.corrections),
            lines: lines(sheet.lines),
        }
    }
}

/// A line of a statement.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StatementLine {
    /// `sale`, `refund`, `payout` or `adjustment`.
    pub kind: &'static str,
    /// It was stated before and no longer holds: it is taken back as it was.
    pub reversed: bool,
    /// When (RFC 3339).
    pub at: String,
    /// Minor units: commission, below zero where it is taken back; or what was paid out.
    pub amount: i64,
    /// Why an adjustment was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How commission came about.
    #[serde(flatten)]
    pub grounds: Option<LineGrounds>,
}

/// What a line of commission is for, and why it is so much.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LineGrounds {
    /// When the sale happened (RFC 3339).
    pub sale_at: String,
    /// The sale's amount in minor units.
    pub sale_amount: i64,
    /// The sale's product.
    pub product: Option<String>,
    /// Minor units that the partner was credited with.
    pub base: i64,
    /// What is paid for each unit of it, in millionths, rounded.
    pub rate: i64,
    /// Version of the terms.
    pub version: u32,
    /// Name of its rule.
    pub rule: String,
    /// From when on it is approved (RFC 3339); `null` where it is held or refused.
    pub approved_at: Option<String>,
    /// `held` while the sale is looked into, `refused` where there is no commission for that reason; else `null`.
    pub review: Option<Review>,
}

impl From<Line> for StatementLine {
    fn from(Line { reversed, entry }: Line) -> Self {
        let time = |at: Time| write_time(at.millis());
        let commission = |kind, paid: Paid| Self {
            kind,
            reversed,
            at: time(paid.at),
            amount: paid.amount,
            reason: None,
            grounds: Some(LineGrounds {
                sale_at: time(paid.sale_at),
                sale_amount: paid.sale_amount,
                product: paid.product,
                base: paid.base,
                rate: paid.rate,
                version: paid.version,
                rule: paid.rule,
                approved_at: paid.review.is_none().then(|| time(paid.approved)),
                review: paid.review,
            }),
        };
        let by_hand = |kind, at, amount, reason| {
            let reason = Some(reason).filter(|text: &String| !text.is_empty());
            Self { kind, reversed, at: time(at), amount, reason, grounds: None }
        };
        match entry {
            Entry::Sale(paid) => commission("sale", paid),
            Entry::Refund(paid) => commission("refund", paid),
            Entry::Payout { at, amount } => by_hand("payout", at, amount, String::new()),
            Entry::Adjustment { at, amount, reason } => by_hand("adjustment", at, amount, reason),
        }
    }
}
