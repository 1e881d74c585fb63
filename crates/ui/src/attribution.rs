//! The engine alone, for a worker beside a page: arrays in, credit by channel out. It draws nothing and asks the
//! network nothing, so that it loads in a fraction of what a page takes, and a long answer never holds the page up.
//!
//! Nothing is kept between two questions but the log and the window: each answer is computed from the raw log.

use engine::{
    credit::{self, Dimension, Order, Tally},
    log::Log,
    time::Window,
};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wire::arrays::{Arrays, Defect};

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
        self.asked().heuristics().iter().flat_map(|tally| self.written(tally)).collect()
    }

    /// The Shapley value: conversions by channel, then value by channel.
    #[must_use]
    pub fn shapley(&self) -> Vec<f64> {
        self.written(&self.asked().shapley())
    }

    /// A Markov chain of an order of 1 to 4: the probability of conversion, then by channel removal effects, then
    /// conversions. Empty for another order.
    #[must_use]
    pub fn markov(&self, order: u8) -> Vec<f64> {
        let Some(solution) = Order::new(order).and_then(|order| self.asked().markov(order)) else { return Vec::new() };
        let channels = self.channels();
        let mut answer = vec![solution.p_conversion];
        answer.extend(&solution.removal_effect[..channels]);
        answer.extend(&solution.conversions_by_unit()[..channels]);
        answer
    }

    /// Money of each of the six heuristics by channel in whole minor units, which add up to what was attributed.
    #[must_use]
    pub fn money(&self) -> Vec<i64> {
        let mut answer = Vec::new();
        for model in credit::Attribution::HEURISTICS {
            answer.extend(&self.asked().money(model)[..self.channels()]);
        }
        answer
    }

    fn asked(&self) -> credit::Attribution<'_> {
        credit::Attribution { log: &self.log, window: self.window, by: Dimension::Channel }
    }

    /// Without what touches earned that carry no channel: here there are none.
    fn written(&self, tally: &Tally) -> Vec<f64> {
        let channels = self.channels();
        let value = tally.value[..channels].iter().map(|minor| minor / 100.0);
        tally.conversions[..channels].iter().copied().chain(value).collect()
    }
}
