//! A deal that a partner registers: its life from submission to close, and how it is told from what is known already
//! ([`alike`]).
//!
//! ```text
//! Submitted ──approve──▶ Approved{until} ──time──▶ Expired
//!   │ │ ▲ edit              │ ▲ extend, stage         │ ▲ stage
//!   │ └─withdraw▶ Withdrawn ├──win──▶ Won ◀──win──────┤
//!   └─reject▶ Rejected      └──lose─▶ Lost ◀──lose────┘
//!                └─approve─▶ Approved     └─win─▶ Won
//! ```
//!
//! Each state is a type of its own, and a step is a method of the states that have it: a withdrawn deal cannot be won,
//! because [`Withdrawn`] has no such method. [`Life::after`] is where a step that somebody asks for meets the state
//! that the deal is in.
//!
//! A deal whose protection has ended can be won, but no longer extended: somebody else's claim may have counted
//! meanwhile, and what has been credited must not change behind it. It is registered anew.

use core::fmt;

use crate::{
    money::Currency,
    time::{DAY, Millis},
};

pub mod alike;

/// How long a registered deal is protected: whole days, 1 to 365.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days(u16);

impl Days {
    /// Shortest and longest protection.
    pub const BOUNDS: (u16, u16) = (1, 365);
    /// 90 days: what a program that says nothing else gives.
    pub const DEFAULT: Self = Self(90);

    /// So many days; `None` outside of [`Days::BOUNDS`].
    #[must_use]
    pub const fn new(days: u16) -> Option<Self> {
        if days < Self::BOUNDS.0 || days > Self::BOUNDS.1 { None } else { Some(Self(days)) }
    }

    /// The number of days.
    #[must_use]
    pub const fn count(self) -> u16 {
        self.0
    }

    /// In milliseconds.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0 as u64 * DAY as u64 * 1000
    }

    /// The end of so many days from a time on.
    #[must_use]
    pub const fn after(self, from: Millis) -> Millis {
        Millis(from.0 + self.millis())
    }
}

/// Waits for the marketer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submitted;

/// Accepted, and protected until a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// First moment at which it is no longer protected.
    pub until: Millis,
    /// How far it has come, in the marketer's words.
    pub stage: Option<String>,
}

/// Accepted, and its protection has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// When it ended.
    pub until: Millis,
    /// How far it has come, in the marketer's words.
    pub stage: Option<String>,
}

/// Refused by the marketer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Why.
    pub reason: String,
}

/// Taken back by the partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Withdrawn;

/// Won: revenue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Won {
    /// How.
    pub win: Win,
    /// First moment at which it was no longer protected.
    pub until: Millis,
}

/// Lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// When it was closed.
    pub at: Millis,
    /// Why.
    pub reason: String,
    /// First moment at which it was no longer protected.
    pub until: Millis,
}

/// How a deal was won.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Win {
    /// When it was closed.
    pub at: Millis,
    /// Minor units.
    pub amount: i64,
    /// Of the amount.
    pub currency: Currency,
    /// The invoice, where there is one.
    pub invoice: Option<String>,
}

/// How a deal was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// When it was closed.
    pub at: Millis,
    /// Why.
    pub reason: String,
}

impl Loss {
    fn of(self, until: Millis) -> Lost {
        Lost { at: self.at, reason: self.reason, until }
    }
}

impl Submitted {
    /// Accepts it: protected from now on.
    #[must_use]
    pub fn approve(self, now: Millis, days: Days) -> Approved {
        Approved { until: days.after(now), stage: None }
    }

    /// Refuses it.
    #[must_use]
    pub fn reject(self, reason: String) -> Rejected {
        Rejected { reason }
    }

    /// Takes it back.
    #[must_use]
    pub fn withdraw(self) -> Withdrawn {
        Withdrawn
    }
}

impl Rejected {
    /// Accepts it after all.
    #[must_use]
    pub fn approve(self, now: Millis, days: Days) -> Approved {
        Submitted.approve(now, days)
    }
}

impl Approved {
    /// Protects it for more days, up to the longest protection from now on.
    ///
    /// # Errors
    /// When it would be protected for longer.
    pub fn extend(self, now: Millis, days: Days) -> Result<Self, Refused> {
        let until = days.after(self.until);
        let latest = Millis(now.0 + u64::from(Days::BOUNDS.1) * u64::from(DAY) * 1000);
        if until <= latest { Ok(Self { until, ..self }) } else { Err(Refused::TooLong) }
    }

    /// Says how far it has come.
    #[must_use]
    pub fn move_to(self, stage: String) -> Self {
        Self { stage: Some(stage), ..self }
    }

    /// Closes it, won.
    #[must_use]
    pub fn win(self, win: Win) -> Won {
        Won { win, until: self.until }
    }

    /// Closes it, lost.
    #[must_use]
    pub fn lose(self, loss: Loss) -> Lost {
        loss.of(self.until)
    }
}

impl Expired {
    /// Says how far it has come.
    #[must_use]
    pub fn move_to(self, stage: String) -> Self {
        Self { stage: Some(stage), ..self }
    }

    /// Closes it, won.
    #[must_use]
    pub fn win(self, win: Win) -> Won {
        Won { win, until: self.until }
    }

    /// Closes it, lost.
    #[must_use]
    pub fn lose(self, loss: Loss) -> Lost {
        loss.of(self.until)
    }
}

impl Lost {
    /// It came back, and was won.
    #[must_use]
    pub fn win(self, win: Win) -> Won {
        Won { win, until: self.until }
    }
}

/// Where a deal stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Life {
    /// See [`Submitted`].
    Submitted(Submitted),
    /// See [`Approved`].
    Approved(Approved),
    /// See [`Expired`].
    Expired(Expired),
    /// See [`Rejected`].
    Rejected(Rejected),
    /// See [`Withdrawn`].
    Withdrawn(Withdrawn),
    /// See [`Won`].
    Won(Won),
    /// See [`Lost`].
    Lost(Lost),
}

/// A step that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The partner takes it back.
    Withdraw,
    /// The marketer accepts it.
    Approve(Days),
    /// The marketer refuses it, for a reason.
    Reject(String),
    /// The marketer protects it for longer.
    Extend(Days),
    /// It has come so far.
    Stage(String),
    /// It is won.
    Win(Win),
    /// It is lost.
    Lose(Loss),
}

impl Step {
    /// What becomes of the deal, in one word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Withdraw => "withdrawn",
            Self::Approve(_) => "approved",
            Self::Reject(_) => "rejected",
            Self::Extend(_) => "extended",
            Self::Stage(_) => "moved to a stage",
            Self::Win(_) => "won",
            Self::Lose(_) => "lost",
        }
    }
}

/// Why a step is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The state has no such step: its word, and the step's.
    Not(&'static str, &'static str),
    /// The protection would last longer than it may.
    TooLong,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Not(state, step) => write!(f, "state: a deal that is {state} cannot be {step}"),
            Self::TooLong => write!(f, "days: the protection must end within {} days from now", Days::BOUNDS.1),
        }
    }
}

impl core::error::Error for Refused {}

impl Life {
    /// Every word of [`Life::word`].
    pub const WORDS: [&'static str; 7] = ["submitted", "approved", "expired", "rejected", "withdrawn", "won", "lost"];

    /// A deal that was accepted, as it is at a time.
    #[must_use]
    pub fn accepted(until: Millis, stage: Option<String>, now: Millis) -> Self {
        if until > now { Self::Approved(Approved { until, stage }) } else { Self::Expired(Expired { until, stage }) }
    }

    /// The written word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Submitted(_) => "submitted",
            Self::Approved(_) => "approved",
            Self::Expired(_) => "expired",
            Self::Rejected(_) => "rejected",
            Self::Withdrawn(_) => "withdrawn",
            Self::Won(_) => "won",
            Self::Lost(_) => "lost",
        }
    }

    /// Until when it is, or was, protected.
    #[must_use]
    pub const fn until(&self) -> Option<Millis> {
        match self {
            Self::Approved(Approved { until, .. })
            | Self::Expired(Expired { until, .. })
            | Self::Won(Won { until, .. })
            | Self::Lost(Lost { until, .. }) => Some(*until),
            Self::Submitted(_) | Self::Rejected(_) | Self::Withdrawn(_) => None,
        }
    }

    /// The life after a step.
    ///
    /// # Errors
    /// When the state that it is in has no such step.
    pub fn after(self, step: Step, now: Millis) -> Result<Self, Refused> {
        Ok(match (self, step) {
            (Self::Submitted(deal), Step::Withdraw) => Self::Withdrawn(deal.withdraw()),
            (Self::Submitted(deal), Step::Approve(days)) => Self::Approved(deal.approve(now, days)),
            (Self::Submitted(deal), Step::Reject(reason)) => Self::Rejected(deal.reject(reason)),
            (Self::Rejected(deal), Step::Approve(days)) => Self::Approved(deal.approve(now, days)),
            (Self::Approved(deal), Step::Extend(days)) => Self::Approved(deal.extend(now, days)?),
            (Self::Approved(deal), Step::Stage(stage)) => Self::Approved(deal.move_to(stage)),
            (Self::Approved(deal), Step::Win(win)) => Self::Won(deal.win(win)),
            (Self::Approved(deal), Step::Lose(loss)) => Self::Lost(deal.lose(loss)),
            (Self::Expired(deal), Step::Stage(stage)) => Self::Expired(deal.move_to(stage)),
            (Self::Expired(deal), Step::Win(win)) => Self::Won(deal.win(win)),
            (Self::Expired(deal), Step::Lose(loss)) => Self::Lost(deal.lose(loss)),
            (Self::Lost(deal), Step::Win(win)) => Self::Won(deal.win(win)),
            (life, step) => return Err(Refused::Not(life.word(), step.word())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Millis = Millis(1_700_000_000_000);

    fn day(n: u16) -> Days {
        Days::new(n).unwrap_or(Days::DEFAULT)
    }

    fn win() -> Win {
        Win { at: NOW, amount: 100, currency: Currency::USD, invoice: None }
    }

    fn steps() -> [Step; 7] {
        [
            Step::Withdraw,
            Step::Approve(day(90)),
            Step::Reject("known".to_owned()),
            Step::Extend(day(30)),
            Step::Stage("Proposal".to_owned()),
            Step::Win(win()),
            Step::Lose(Loss { at: NOW, reason: "price".to_owned() }),
        ]
    }

    fn lives() -> [Life; 7] {
        let until = day(90).after(NOW);
        [
            Life::Submitted(Submitted),
            Life::accepted(until, None, NOW),
            Life::accepted(NOW, None, NOW),
            Life::Rejected(Rejected { reason: "known".to_owned() }),
            Life::Withdrawn(Withdrawn),
            Life::Won(Won { win: win(), until }),
            Life::Lost(Lost { at: NOW, reason: "price".to_owned(), until }),
        ]
    }

    #[test]
    fn every_state_meets_every_step() {
        // Columns: withdraw approve reject extend stage win lose; a dot where there is no such step.
        let expect = [
            ("submitted", "withdrawn approved rejected . . . ."),
            ("approved", ". . . approved approved won lost"),
            ("expired", ". . . . expired won lost"),
            ("rejected", ". approved . . . . ."),
            ("withdrawn", ". . . . . . ."),
            ("won", ". . . . . . ."),
            ("lost", ". . . . . won ."),
        ];
        for (i, (life, (word, row))) in lives().into_iter().zip(expect).enumerate() {
            assert_eq!((life.word(), Life::WORDS[i]), (word, word));
            let after = |step| life.clone().after(step, NOW).map_or(".", |life| life.word());
            assert_eq!(steps().map(after).join(" "), row, "{word}");
        }
    }

    #[test]
    fn protection_has_bounds() {
        assert!(Days::new(0).is_none() && Days::new(366).is_none());
        assert_eq!(Days::DEFAULT.after(NOW).0 - NOW.0, 90 * 86_400_000);
        let approved = Submitted.approve(NOW, day(365));
        assert_eq!(approved.clone().extend(NOW, day(1)), Err(Refused::TooLong));
        let later = day(10).after(NOW);
        assert_eq!(approved.extend(later, day(10)).map(|deal| deal.until), Ok(day(365).after(later)));
        // The first moment that is no longer protected is named exactly.
        assert_eq!(Life::accepted(NOW, None, NOW).word(), "expired");
        assert_eq!(Life::accepted(Millis(NOW.0 + 1), None, NOW).word(), "approved");
    }

    #[test]
    fn refusals_say_what_is_refused() {
        let refused = Life::Withdrawn(Withdrawn).after(Step::Approve(Days::DEFAULT), NOW);
        let said = refused.err().map(|refused| refused.to_string());
        assert_eq!(said.as_deref(), Some("state: a deal that is withdrawn cannot be approved"));
    }

    proptest! {
        #[test]
        fn whatever_is_asked_a_deal_is_won_once_and_never_protected_too_long(
            asked in prop::collection::vec((0usize..7, 1u16..=365, 0u64..40), 0..30)
        ) {
            let (mut life, mut now, mut won) = (Life::Submitted(Submitted), NOW, 0);
            for (step, days, later) in asked {
                now = Millis(now.0 + later * 86_400_000);
                if let Life::Approved(Approved { until, stage }) = life {
                    life = Life::accepted(until, stage, now);
                }
                let step = match step {
                    1 => Step::Approve(day(days)),
                    3 => Step::Extend(day(days)),
                    other => steps()[other].clone(),
                };
                let before = life.clone();
                match life.clone().after(step.clone(), now) {
                    Ok(next) => {
                        prop_assert!(!matches!(before, Life::Won(_) | Life::Withdrawn(_)));
                        won += usize::from(matches!(step, Step::Win(_)));
                        if let Life::Approved(deal) = &next {
                            prop_assert!(deal.until > now);
                            prop_assert!(deal.until.0 - now.0 <= 365 * 86_400_000);
                        }
                        life = next;
                    }
                    Err(_) => prop_assert_eq!(&life, &before),
                }
            }
            prop_assert!(won <= 1);
            prop_assert_eq!(won == 1, matches!(life, Life::Won(_)));
        }
    }
}
