//! The engine alone, for a worker beside a page: arrays in, credit by channel out. It draws nothing and asks the
//! network nothing, so that it loads in a fraction of what a page takes, and a long answer never holds the page up.
//!
//! Nothing is kept between two questions but the log and the window: each answer is computed from the raw log.

use engine::{
    credit::{Breakdown, Cases, Credits, Dimension, HalfLife, Model, Order, Tally, Weigher},
    journey::Journeys,
    log::Log,
    policy::{Policies, Policy},
    time::Window,
};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wire::arrays::{Arrays, Defect};

/// The heuristics, in the order in which they are answered.
const HEURISTICS: [Model; 6] = [
    Model::First,
    Model::Last,
    Model::LastNonDirect,
    Model::Linear,
    Model::PositionBased,
    Model::TimeDecay(HalfLife::WEEK),
];

/// A log of touches and conversions, and the window under which it is judged.
#[wasm_bindgen]
pub struct Attribution {
    log: Log,
    window: Window,
}

#[wasm_bindgen]
impl Attribution {
    /// Takes in the arrays of [`Arrays`], and a window in days.
    ///
    /// # Errors
    /// The rule that the arrays or the window break.
    #[wasm_bindgen(constructor)]
    pub fn new(
        touch_journey: Vec<u32>,
        touch_ts: Vec<u32>,
        touch_channel: Vec<u8>,
        conv_journey: Vec<u32>,
        conv_ts: Vec<u32>,
        conv_value: Vec<f64>,
        window: u16,
    ) -> Result<Self, JsValue> {
        let window = Window::days(window).ok_or("a window has 1 to 3650 days")?;
        let arrays = Arrays { touch_journey, touch_ts, touch_channel, conv_journey, conv_ts, conv_value };
        let log = arrays.into_log().map_err(Defect::rule)?;
        Ok(Self { log, window })
    }

    /// How many channels there are: channel `i` is the `i`th of each answer.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.log.channels.len()
    }

    /// First, last, last non-direct, linear, U and time decay of a week, one after another: for each, fractional
    /// conversions by channel, then fractional value by channel in major units.
    #[must_use]
    pub fn heuristics(&self) -> Vec<f64> {
        let policies = self.policies(Model::First);
        let journeys = Journeys::of_buyers(&self.log);
        let cases = Cases::gather(&self.log, &journeys, &policies);
        let breakdown = Breakdown::of(&self.log, &cases, Dimension::Channel);
        let mut answer = Vec::new();
        let weighers = HEURISTICS.map(|model| Weigher::new(&self.log, &cases, &policies, model, None));
        for tally in breakdown.tallies(&self.log, &weighers) {
            self.push(&mut answer, &tally);
        }
        answer
    }

    /// The Shapley value: conversions by channel, then value by channel.
    #[must_use]
    pub fn shapley(&self) -> Vec<f64> {
        let policies = self.policies(Model::Shapley);
        let journeys = Journeys::of_buyers(&self.log);
        let cases = Cases::gather(&self.log, &journeys, &policies);
        let mut answer = Vec::new();
        self.push(&mut answer, &Breakdown::of(&self.log, &cases, Dimension::Channel).shapley(&self.log));
        answer
    }

    /// A Markov chain of an order of 1 to 4: the probability of conversion, then by channel removal effects, then
    /// conversions. Empty for another order.
    #[must_use]
    pub fn markov(&self, order: u8) -> Vec<f64> {
        let Some(order) = Order::new(order) else { return Vec::new() };
        let policies = self.policies(Model::Markov(order));
        let journeys = Journeys::of_buyers(&self.log);
        let cases = Cases::gather(&self.log, &journeys, &policies);
        let breakdown = Breakdown::of(&self.log, &cases, Dimension::Channel);
        let Some(chain) = breakdown.chain(&self.log, &journeys, Dimension::Channel, order) else { return Vec::new() };
        let solution = chain.solve();
        let channels = self.channels();
        let mut answer = vec![solution.p_conversion];
        answer.extend(&solution.removal_effect[..channels]);
        answer.extend(solution.shares()[..channels].iter().map(|share| share * solution.conversions as f64));
        answer
    }

    /// Money of each of the six heuristics by channel in whole minor units, which add up to what was attributed.
    #[must_use]
    pub fn money(&self) -> Vec<i64> {
        let journeys = Journeys::of_buyers(&self.log);
        let mut answer = Vec::new();
        for model in HEURISTICS {
            let credits = Credits::compute(&self.log, &journeys, &self.policies(model));
            let mut sums = vec![0; self.channels()];
            for credit in (0..self.log.revenue.len()).flat_map(|row| credits.of(row)) {
                sums[self.log.touches.channel[credit.touch as usize] as usize] += credit.amount;
            }
            answer.append(&mut sums);
        }
        answer
    }

    fn policies(&self, model: Model) -> Policies {
        Policy::default().asked(Some(model), Some(self.window)).into()
    }

    fn push(&self, answer: &mut Vec<f64>, tally: &Tally) {
        let channels = self.channels();
        answer.extend(&tally.conversions[..channels]);
        answer.extend(tally.value[..channels].iter().map(|minor| minor / 100.0));
    }
}
