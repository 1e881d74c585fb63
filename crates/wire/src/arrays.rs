//! A log of touches and conversions in bare arrays: what benchmarks, and pages with data of their own, hand over.
//!
//! Touches and conversions each come in three arrays of one length, a number a row. Journeys are numbered from 0: a
//! journey is a customer. Channels are numbered from 0, and channel 0 is direct visits. Times are UTC seconds. Rows may
//! stand in any order; touches of one second count as made in the order in which they stand.

use engine::{
    fact::{Mark, RevenueKind, TouchKind},
    log::{DIRECT, Log, Numbers, Revenue, Touches},
    money::{AMOUNT_MAX, Currency},
    time::Time,
};

/// Numbers of journeys lie below this: a table of customers is as long as the highest.
pub const JOURNEYS_MAX: u32 = 1 << 24;

/// The arrays, called as their files are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arrays {
    /// By touch, the journey.
    pub touch_journey: Vec<u32>,
    /// By touch, when it was.
    pub touch_ts: Vec<u32>,
    /// By touch, the channel.
    pub touch_channel: Vec<u8>,
    /// By conversion, the journey.
    pub conv_journey: Vec<u32>,
    /// By conversion, when it was.
    pub conv_ts: Vec<u32>,
    /// By conversion, what it was worth, in major units with two decimals.
    pub conv_value: Vec<f64>,
}

/// Why arrays are no log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// The arrays of touches differ in length.
    RaggedTouches,
    /// The arrays of conversions differ in length.
    RaggedConversions,
    /// A journey of [`JOURNEYS_MAX`] or more.
    Journey,
    /// A value that is not a number, negative, or past [`AMOUNT_MAX`] minor units.
    Value,
}

impl Defect {
    /// The rule that is broken, with the arrays that it concerns.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::RaggedTouches => "touch_journey, touch_ts and touch_channel must hold as many numbers, one a touch",
            Self::RaggedConversions => {
                "conv_journey, conv_ts and conv_value must hold as many numbers, one a conversion"
            }
            Self::Journey => "touch_journey and conv_journey must lie below 16777216: journeys are numbered from 0",
            Self::Value => "conv_value must be 0 to 10000000000000, in major units with two decimals",
        }
    }
}

impl Arrays {
    /// The columns of the engine: a customer a journey, clicks, new business in the first currency, in minor units.
    ///
    /// # Errors
    /// The first rule that the arrays break.
    pub fn into_log(self) -> Result<Log, Defect> {
        let (touches, conversions) = (self.touch_journey.len(), self.conv_journey.len());
        if self.touch_ts.len() != touches || self.touch_channel.len() != touches {
            return Err(Defect::RaggedTouches);
        }
        if self.conv_ts.len() != conversions || self.conv_value.len() != conversions {
            return Err(Defect::RaggedConversions);
        }
        let count = |numbers: &[u32]| numbers.iter().max().map_or(0, |max| max.saturating_add(1));
        let customers = count(&self.touch_journey).max(count(&self.conv_journey));
        if customers > JOURNEYS_MAX {
            return Err(Defect::Journey);
        }
        let channels = self.touch_channel.iter().max().map_or(0, |max| usize::from(*max) + 1);
        let mut log = Log {
            customers: vec![String::new(); customers as usize],
            channels: vec![String::new(); channels],
            currencies: vec![Currency::USD],
            ..Log::default()
        };
        if let Some(first) = log.channels.first_mut() {
            DIRECT.clone_into(first);
        }
        // Whole columns, not row by row: a million touches take milliseconds.
        let nothing = Numbers::none(touches);
        log.touches = Touches {
            at: self.touch_ts.into_iter().map(Time).collect(),
            kind: vec![TouchKind::Click; touches],
            mark: vec![Mark::Counted; touches],
            partner: nothing.clone(),
            link: nothing.clone(),
            campaign: nothing.clone(),
            channel: self.touch_channel.into_iter().map(u32::from).collect(),
            page: nothing.clone(),
            coupon: nothing.clone(),
            visitor: nothing,
            customer: self.touch_journey.into(),
        };
        log.revenue = Revenue {
            at: self.conv_ts.into_iter().map(Time).collect(),
            kind: vec![RevenueKind::New; conversions],
            customer: self.conv_journey,
            amount: self.conv_value.into_iter().map(minor_units).collect::<Option<_>>().ok_or(Defect::Value)?,
            currency: vec![0; conversions],
            opportunity: Numbers::none(conversions),
            refunds: Numbers::none(conversions),
            product: Numbers::none(conversions),
            interval: vec![0; conversions],
            reference: vec![String::new(); conversions],
        };
        Ok(log)
    }
}

/// A value in major units as minor units; `None` where it is none.
fn minor_units(value: f64) -> Option<i64> {
    let minor = (value * 100.0).round();
    (0.0..=AMOUNT_MAX as f64).contains(&minor).then_some(minor as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Arrays {
        Arrays {
            touch_journey: vec![1, 0, 1],
            touch_ts: vec![30, 10, 20],
            touch_channel: vec![2, 0, 1],
            conv_journey: vec![1, 5],
            conv_ts: vec![40, 50],
            conv_value: vec![19.99, 0.0],
        }
    }

    #[test]
    fn arrays_become_columns() -> Result<(), Defect> {
        let log = two().into_log()?;
        assert_eq!(log.check(), Ok(()));
        assert_eq!((log.customers.len(), log.channels.len()), (6, 3));
        assert_eq!(log.channels[0], DIRECT);
        assert_eq!(log.touches.channel, vec![2, 0, 1].into());
        assert_eq!(log.touches.at, [30, 10, 20].map(Time));
        assert_eq!(log.revenue.amount, [1999, 0]);
        assert_eq!(Arrays::default().into_log()?.touches.len(), 0);
        Ok(())
    }

    #[test]
    fn each_rule_is_kept() {
        let broken = |change: fn(&mut Arrays)| {
            let mut arrays = two();
            change(&mut arrays);
            arrays.into_log().map(|log| log.check())
        };
        assert_eq!(broken(|a| a.touch_ts.truncate(2)), Err(Defect::RaggedTouches));
        assert_eq!(broken(|a| a.touch_channel.push(0)), Err(Defect::RaggedTouches));
        assert_eq!(broken(|a| a.conv_value.clear()), Err(Defect::RaggedConversions));
        assert_eq!(broken(|a| a.conv_journey[0] = JOURNEYS_MAX), Err(Defect::Journey));
        assert_eq!(broken(|a| a.touch_journey[0] = u32::MAX), Err(Defect::Journey));
        for value in [f64::NAN, f64::INFINITY, -0.01, 1.1e13] {
            let mut arrays = two();
            arrays.conv_value[1] = value;
            assert_eq!(arrays.into_log().map(|_| ()), Err(Defect::Value), "{value}");
        }
        assert_eq!(broken(|a| a.conv_value[1] = 1e13), Ok(Ok(())));
    }
}
