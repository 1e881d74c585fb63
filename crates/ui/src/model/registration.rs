//! A deal that the partner registered, as the server tells of it: where it stands, and how it came there.

use engine::{money::Currency, time::Day};

/// A registered deal. A text that is not there is empty; times are RFC 3339.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registration {
    /// Identifier.
    pub id: String,
    /// What the next change must name.
    pub version: i64,
    /// `submitted`, `approved`, `expired`, `rejected`, `withdrawn`, `won` or `lost`.
    pub state: String,
    /// Identifier of the partner.
    pub partner: String,
    /// Name of the company.
    pub company: String,
    /// What else was registered: the name of each detail, and the detail.
    pub details: Vec<(&'static str, String)>,
    /// Expected, in minor units.
    pub amount: Option<(i64, Currency)>,
    /// The day on which it is expected to close.
    pub expected_close: String,
    /// Whether somebody like it was registered or known already.
    pub known: bool,
    /// First moment at which it is, or was, not protected.
    pub protected_until: String,
    /// How far it has come, in the program's words.
    pub stage: String,
    /// Why it was rejected or lost.
    pub reason: String,
    /// When it was won or lost.
    pub closed_at: String,
    /// For how much it was won, in minor units.
    pub won: Option<(i64, Currency)>,
    /// When it was registered.
    pub created_at: String,
    /// When it was changed last.
    pub updated_at: String,
}

/// What the program may decide of a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is the partner's, and protected.
    Approve,
    /// It is not.
    Reject,
    /// It is protected for longer.
    Extend,
    /// How far it has come.
    Stage,
    /// They bought.
    Win,
    /// They did not.
    Lose,
}

/// A step of a deal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What happened.
    pub label: &'static str,
    /// When; none where the server does not say, or it is still to come.
    pub at: Option<Day>,
    /// What there is to say of it.
    pub note: String,
}

/// The UTC day of a time, or of a day; none of another text.
#[must_use]
pub fn day(text: &str) -> Option<Day> {
    text.get(..10)?.parse().ok()
}

impl Registration {
    /// Its state in words, and the word of its sign: `early`, `midway`, `won` or `lost`.
    #[must_use]
    pub fn standing(&self) -> (&'static str, &'static str) {
        match self.state.as_str() {
            "submitted" => ("Waiting", "early"),
            "approved" => ("Approved", "midway"),
            "expired" => ("Expired", "early"),
            "rejected" => ("Rejected", "lost"),
            "withdrawn" => ("Withdrawn", "lost"),
            "won" => ("Won", "won"),
            _ => ("Lost", "lost"),
        }
    }

    /// Whether the partner may still take it back.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == "submitted"
    }

    /// What the program may decide of it now, the likeliest first.
    #[must_use]
    pub fn decisions(&self) -> &'static [Decision] {
        match self.state.as_str() {
            "submitted" => &[Decision::Approve, Decision::Reject],
            "approved" => &[Decision::Win, Decision::Lose, Decision::Stage, Decision::Extend],
            "expired" => &[Decision::Win, Decision::Lose],
            "rejected" => &[Decision::Approve],
            "lost" => &[Decision::Win],
            _ => &[],
        }
    }

    /// What happened to it, the first first.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        let step = |label, at: &str, note: &str| Step { label, at: day(at), note: note.to_owned() };
        let known = if self.known { "Somebody like it was registered or known already." } else { "" };
        let mut steps = vec![step("Registered", &self.created_at, known)];
        match self.state.as_str() {
            "submitted" => steps.push(step("Waits for the program's decision", "", "")),
            "rejected" => steps.push(step("Rejected", &self.updated_at, &self.reason)),
            "withdrawn" => steps.push(step("Withdrawn", &self.updated_at, "By your team.")),
            state => {
                steps.push(step("Approved", "", ""));
                if !self.stage.is_empty() {
                    steps.push(step("Stage", "", &self.stage));
                }
                steps.push(match state {
                    "won" => step("Won", &self.closed_at, ""),
                    "lost" => step("Lost", &self.closed_at, &self.reason),
                    "expired" => step(
                        "Protection ended",
                        &self.protected_until,
                        "It can still be won. To be protected, register it anew.",
                    ),
                    _ => step("Protected until", &self.protected_until, ""),
                });
            }
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(state: &str) -> Vec<&'static str> {
        let stage = "Demo".to_owned();
        let deal = Registration { state: state.to_owned(), stage, ..Registration::default() };
        deal.steps().iter().map(|step| step.label).collect()
    }

    #[test]
    fn every_state_has_its_steps() {
        assert_eq!(labels("submitted"), ["Registered", "Waits for the program's decision"]);
        assert_eq!(labels("approved"), ["Registered", "Approved", "Stage", "Protected until"]);
        assert_eq!(labels("expired"), ["Registered", "Approved", "Stage", "Protection ended"]);
        assert_eq!(labels("rejected"), ["Registered", "Rejected"]);
        assert_eq!(labels("withdrawn"), ["Registered", "Withdrawn"]);
        assert_eq!(labels("won"), ["Registered", "Approved", "Stage", "Won"]);
        assert_eq!(labels("lost"), ["Registered", "Approved", "Stage", "Lost"]);
    }

    #[test]
    fn a_rejection_says_why_and_when() {
        let deal = Registration {
            state: "rejected".into(),
            reason: "A customer already".into(),
            known: true,
            created_at: "2026-10-01T08:00:00Z".into(),
            updated_at: "2026-10-03T08:00:00Z".into(),
            ..Registration::default()
        };
        let steps = deal.steps();
        assert!(steps[0].note.starts_with("Somebody"));
        assert_eq!((steps[1].at, steps[1].note.as_str()), (day("2026-10-03"), "A customer already"));
        assert_eq!(deal.standing(), ("Rejected", "lost"));
        assert!(!deal.is_open());
    }

    #[test]
    fn a_day_is_read_from_a_time_or_a_day() {
        assert!(day("2026-10-03").is_some());
        assert_eq!(day("2026-10-03"), day("2026-10-03T23:59:59.999Z"));
        for none in ["", "soon", "2026-13-01"] {
            assert_eq!(day(none), None);
        }
    }
}
