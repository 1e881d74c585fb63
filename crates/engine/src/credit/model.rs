//! The models by name. What each does stands in the file that is called like it.

use serde::{Deserialize, Serialize};

/// An attribution model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// All to the first touch.
    First,
    /// All to the last touch.
    Last,
    /// The same to each touch.
    Linear,
    /// All to the last touch that is not a direct visit.
    LastNonDirect,
    /// Half as much for each half-life that a touch lies before the conversion.
    TimeDecay(HalfLife),
    /// Position-based, U: 40 % first, 40 % last, the rest between.
    PositionBased,
    /// J: 20 % first, 60 % last.
    JShaped,
    /// Inverse J: 60 % first, 20 % last.
    InverseJ,
    /// W: 30 % each on the first touch, the lead and the opportunity.
    WShaped,
    /// Full path, Z: 22.5 % each on the first touch, the lead, the opportunity and the win.
    FullPath,
    /// A program's own weights for the steps of full path.
    Custom(StepWeights),
    /// Removal effect in a Markov chain of this order.
    Markov(Order),
    /// The Shapley value of each unit.
    Shapley,
}

/// The time in which the weight of a touch halves, in seconds: one hour to ten years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct HalfLife(u32);

impl HalfLife {
    /// Shortest and longest, in seconds.
    pub const BOUNDS: (u32, u32) = (3_600, 3_650 * crate::time::DAY);
    /// Seven days, as in Google Analytics.
    pub const WEEK: Self = Self(7 * crate::time::DAY);

    /// A half-life of this many seconds; `None` outside of [`HalfLife::BOUNDS`].
    #[must_use]
    pub const fn seconds(seconds: u32) -> Option<Self> {
        if seconds < Self::BOUNDS.0 || seconds > Self::BOUNDS.1 { None } else { Some(Self(seconds)) }
    }

    /// Length in seconds.
    #[must_use]
    pub const fn length(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for HalfLife {
    type Error = &'static str;

    fn try_from(seconds: u32) -> Result<Self, Self::Error> {
        Self::seconds(seconds).ok_or("must be 3600 to 315360000 seconds")
    }
}

impl From<HalfLife> for u32 {
    fn from(half_life: HalfLife) -> Self {
        half_life.0
    }
}

/// How many touches a state of the chain remembers: 1 to 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Order(u8);

impl Order {
    /// Every order.
    pub const ALL: [Self; 4] = [Self(1), Self(2), Self(3), Self(4)];
    /// The common case: a state is a touch.
    pub const ONE: Self = Self(1);

    /// An order; `None` unless 1 to 4.
    #[must_use]
    pub const fn new(order: u8) -> Option<Self> {
        if order < 1 || order > 4 { None } else { Some(Self(order)) }
    }

    /// As a number of touches.
    #[must_use]
    pub const fn touches(self) -> usize {
        self.0 as usize
    }
}

impl TryFrom<u8> for Order {
    type Error = &'static str;

    fn try_from(order: u8) -> Result<Self, Self::Error> {
        Self::new(order).ok_or("must be 1 to 4")
    }
}

impl From<Order> for u8 {
    fn from(order: Order) -> Self {
        order.0
    }
}

/// Relative weights of the steps of a deal, in any unit; at least one must be above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepWeights {
    /// On the first touch.
    pub first: u16,
    /// On the last touch until the lead was created.
    pub lead: u16,
    /// On the last touch until the opportunity was opened.
    pub opportunity: u16,
    /// On the last touch until the deal was won.
    pub won: u16,
    /// Spread over all other touches.
    pub middle: u16,
}

impl StepWeights {
    /// W: 30 / 30 / 30 and 10 over the rest.
    pub const W: Self = Self { first: 30, lead: 30, opportunity: 30, won: 0, middle: 10 };
    /// Full path: 22.5 each and 10 over the rest, times two.
    pub const FULL_PATH: Self = Self { first: 45, lead: 45, opportunity: 45, won: 45, middle: 20 };
}

impl Model {
    /// Every model that needs no more words, in the order of a menu.
    pub const ALL: [Self; 15] = [
        Self::First,
        Self::Last,
        Self::LastNonDirect,
        Self::Linear,
        Self::TimeDecay(HalfLife::WEEK),
        Self::PositionBased,
        Self::JShaped,
        Self::InverseJ,
        Self::WShaped,
        Self::FullPath,
        Self::Markov(Order(1)),
        Self::Markov(Order(2)),
        Self::Markov(Order(3)),
        Self::Markov(Order(4)),
        Self::Shapley,
    ];

    /// The word in an address. Half-lives other than a week and custom weights have none of their own.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
            Self::Linear => "linear",
            Self::LastNonDirect => "last_non_direct",
            Self::TimeDecay(_) => "time_decay",
            Self::PositionBased => "u",
            Self::JShaped => "j",
            Self::InverseJ => "inverse_j",
            Self::WShaped => "w",
            Self::FullPath => "full_path",
            Self::Custom(_) => "custom",
            Self::Markov(Order(2)) => "markov2",
            Self::Markov(Order(3)) => "markov3",
            Self::Markov(Order(4)) => "markov4",
            Self::Markov(_) => "markov1",
            Self::Shapley => "shapley",
        }
    }

    /// The name on a page.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::First => "First touch",
            Self::Last => "Last touch",
            Self::Linear => "Linear",
            Self::LastNonDirect => "Last non-direct",
            Self::TimeDecay(_) => "Time decay",
            Self::PositionBased => "U-shaped",
            Self::JShaped => "J-shaped",
            Self::InverseJ => "Inverse J",
            Self::WShaped => "W-shaped",
            Self::FullPath => "Full path",
            Self::Custom(_) => "Custom weights",
            Self::Markov(Order(2)) => "Markov, order 2",
            Self::Markov(Order(3)) => "Markov, order 3",
            Self::Markov(Order(4)) => "Markov, order 4",
            Self::Markov(_) => "Markov",
            Self::Shapley => "Shapley value",
        }
    }

    /// What the model does, in one sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::First => "The first counted touch receives the whole amount.",
            Self::Last => "The last counted touch receives the whole amount.",
            Self::Linear => "Every counted touch receives the same share.",
            Self::LastNonDirect => {
                "The last counted touch that is no direct visit receives the whole amount; the last touch if all are direct."
            }
            Self::TimeDecay(_) => "A touch weighs half as much for each half-life that it lies further back.",
            Self::PositionBased => "40 % to the first touch, 40 % to the last, 20 % spread over those between.",
            Self::JShaped => "20 % to the first touch, 60 % to the last, 20 % spread over those between.",
            Self::InverseJ => "60 % to the first touch, 20 % to the last, 20 % spread over those between.",
            Self::WShaped => {
                "30 % each to the first touch and to the last before the lead and before the opportunity, 10 % to the rest."
            }
            Self::FullPath => {
                "22.5 % each to the first touch and to the last before lead, opportunity and win, 10 % to the rest."
            }
            Self::Custom(_) => "The program's own weights for first touch, lead, opportunity, win and the rest.",
            Self::Markov(_) => {
                "Touches share in proportion to what all conversions would lose without their partner in a chain of touches."
            }
            Self::Shapley => {
                "Touches share in proportion to their partner's Shapley value over all conversions: each is shared equally by \
                 the partners in its journey."
            }
        }
    }

    /// The model with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.word() == word)
    }

    /// Whether the shares come from all journeys together, so that one partner's part of the log is not enough.
    #[must_use]
    pub const fn is_data_driven(self) -> bool {
        matches!(self, Self::Markov(_) | Self::Shapley)
    }
}
