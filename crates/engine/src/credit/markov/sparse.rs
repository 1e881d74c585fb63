//! Large chains: the probability of conversion without each unit, by Gauss-Seidel on the sparse system, until it stands.
//!
//! x = r + Q·x with x = 0 in the states that are removed. I − Q is an M-matrix, so the iteration converges from any start; it
//! goes on until no value moves by more than rounding does. States are visited so that where a move leads comes before where it
//! starts (depth first, postorder), as far as there are no cycles; a chain without cycles is solved in one sweep.

use super::Chain;
use crate::parallel;

/// Units that are solved together: their values stand side by side, so that one instruction serves several.
const LANES: usize = 8;
/// Sweeps between two leaps.
const LEAP: usize = 5;
/// Sweeps after which the iteration is given up as standing: no observed chain needs nearly as many.
const SWEEPS: usize = 100_000;

/// The removal effect of every unit, `p` being the probability of conversion with all of them.
pub(super) fn removal_effects(chain: &Chain, p: f64) -> Vec<f64> {
    let system = System::of(chain);
    let mut seen = vec![false; chain.units + 1];
    for unit in chain.touches.iter().flatten() {
        seen[*unit as usize] = true;
    }
    // Without a unit that no path has, all stays as it is.
    let units: Vec<u32> = (0..chain.units as u32).filter(|unit| seen[*unit as usize]).collect();
    let mut effects = vec![0.0; chain.units];
    let groups: Vec<&[u32]> = units.chunks(LANES).collect();
    for (units, without) in groups.iter().zip(parallel::map(&groups, |units| system.without(units))) {
        for (unit, without) in units.iter().zip(without) {
            effects[*unit as usize] = (1.0 - without / p).clamp(0.0, 1.0);
        }
    }
    effects
}

/// The chain in the order of its sweeps.
struct System {
    /// Units of the touches of each state.
    touches: Vec<[u32; 4]>,
    conversion: Vec<f64>,
    /// 1 ÷ (1 − the probability to stay).
    leave: Vec<f64>,
    starts: Vec<u32>,
    to: Vec<u32>,
    probability: Vec<f64>,
    /// Where the start of all paths stands.
    start: usize,
    /// How many states come before the first that lies on a cycle or before one.
    settled: usize,
}

impl System {
    fn of(chain: &Chain) -> Self {
        let (order, settled) = plan(chain);
        let mut place = vec![0u32; order.len()];
        for (i, state) in order.iter().enumerate() {
            place[*state as usize] = i as u32;
        }
        let mut system = Self {
            touches: order.iter().map(|state| chain.touches[*state as usize]).collect(),
            conversion: order.iter().map(|state| chain.conversion[*state as usize]).collect(),
            leave: Vec::with_capacity(order.len()),
            starts: vec![0],
            to: Vec::with_capacity(chain.to.len()),
            probability: Vec::with_capacity(chain.to.len()),
            start: place[0] as usize,
            settled,
        };
        for state in order {
            let mut stay = 0.0;
            for i in chain.moves(state as usize) {
                if chain.to[i] == state {
                    stay = chain.probability[i];
                } else {
                    system.to.push(place[chain.to[i] as usize]);
                    system.probability.push(chain.probability[i]);
                }
            }
            system.leave.push(1.0 / (1.0 - stay));
            system.starts.push(system.to.len() as u32);
        }
        system
    }

    /// The probability of conversion without each of up to [`LANES`] units.
    fn without(&self, units: &[u32]) -> [f64; LANES] {
        let kept: Vec<u8> = self.touches.iter().map(|touches| kept(touches, units)).collect();
        let mut values = vec![[0.0f64; LANES]; self.touches.len()];
        // States before the first cycle stand after one sweep, and are not swept again.
        self.sweep(0..self.settled, &kept, &mut values, &mut []);
        let rest = self.settled..values.len();
        let mut steps = [vec![[0.0f64; LANES]; rest.len()], vec![[0.0f64; LANES]; rest.len()]];
        let mut last = f64::INFINITY;
        for sweep in 1..SWEEPS {
            let [before, now] = &mut steps;
            let moved = self.sweep(rest.clone(), &kept, &mut values, now);
            // Rounding leaves a rest that no longer falls.
            if moved <= f64::EPSILON * 0.0625 || moved >= last && moved < 1e-15 {
                break;
            }
            last = moved;
            if sweep % LEAP == 0 {
                leap(&mut values[rest.clone()], before, now);
                last = f64::INFINITY;
            }
            core::mem::swap(before, now);
        }
        values[self.start]
    }

    /// One pass over a range of states, which notes how far each value moved in `steps`; the answer is the farthest.
    fn sweep(
        &self,
        range: core::ops::Range<usize>,
        kept: &[u8],
        values: &mut [[f64; LANES]],
        steps: &mut [[f64; LANES]],
    ) -> f64 {
        let mut moved = [0.0f64; LANES];
        let first = range.start;
        for state in range {
            let mut sum = [self.conversion[state]; LANES];
            let moves = self.starts[state] as usize..self.starts[state + 1] as usize;
            for (to, probability) in self.to[moves.clone()].iter().zip(&self.probability[moves]) {
                let next = &values[*to as usize];
                for lane in 0..LANES {
                    sum[lane] += probability * next[lane];
                }
            }
            let (leave, kept) = (self.leave[state], &KEPT[kept[state] as usize]);
            let value = &mut values[state];
            let mut step = [0.0; LANES];
            for lane in 0..LANES {
                let new = sum[lane] * leave * kept[lane];
                step[lane] = new - value[lane];
                let distance = step[lane].abs();
                moved[lane] = if distance > moved[lane] { distance } else { moved[lane] };
                value[lane] = new;
            }
            if let Some(slot) = steps.get_mut(state - first) {
                *slot = step;
            }
        }
        moved.into_iter().fold(0.0, f64::max)
    }
}

/// Goes where steps that fall in a geometric series would end (Aitken's extrapolation, of vectors), lane by lane. It can
/// only shorten the way: the sweeps that follow decide.
fn leap(values: &mut [[f64; LANES]], before: &[[f64; LANES]], now: &[[f64; LANES]]) {
    let (mut across, mut along) = ([0.0; LANES], [0.0; LANES]);
    for (now, before) in now.iter().zip(before) {
        for lane in 0..LANES {
            across[lane] += now[lane] * before[lane];
            along[lane] += before[lane] * before[lane];
        }
    }
    let mut far = [0.0; LANES];
    for lane in 0..LANES {
        let ratio = across[lane] / along[lane];
        // Also false where nothing moved and the ratio is not a number.
        if ratio > 0.0 && ratio < 0.9999 {
            far[lane] = ratio / (1.0 - ratio);
        }
    }
    for (value, now) in values.iter_mut().zip(now) {
        for lane in 0..LANES {
            value[lane] += far[lane] * now[lane];
        }
    }
}

/// Factors by a mask of lanes: 0 where the unit is removed, 1 where it is kept.
const KEPT: [[f64; LANES]; 1 << LANES] = {
    let mut factors = [[0.0; LANES]; 1 << LANES];
    let mut mask = 0;
    while mask < factors.len() {
        let mut lane = 0;
        while lane < LANES {
            factors[mask][lane] = (mask >> lane & 1) as f64;
            lane += 1;
        }
        mask += 1;
    }
    factors
};

/// A bit for each of the units, set unless a state contains it.
fn kept(touches: &[u32; 4], units: &[u32]) -> u8 {
    let kept = |mask: u8, (lane, unit): (usize, &u32)| if touches.contains(unit) { mask & !(1 << lane) } else { mask };
    units.iter().enumerate().fold(u8::MAX, kept)
}

/// The order of the sweeps, and how many states of it come before the first that lies on a cycle or before one.
fn plan(chain: &Chain) -> (Vec<u32>, usize) {
    let order = postorder(chain);
    let mut settled = vec![false; chain.states()];
    for state in &order {
        let i = *state as usize;
        settled[i] = chain.moves(i).all(|to| chain.to[to] == *state || settled[chain.to[to] as usize]);
    }
    let (first, rest): (Vec<u32>, Vec<u32>) = order.iter().partition(|state| settled[**state as usize]);
    let count = first.len();
    (first.into_iter().chain(rest).collect(), count)
}

/// States in the order in which a depth-first search from the start leaves them. Every state of a chain is reached.
fn postorder(chain: &Chain) -> Vec<u32> {
    let mut order = Vec::with_capacity(chain.states());
    let mut seen = vec![false; chain.states()];
    let mut stack = vec![(0u32, chain.starts[0])];
    seen[0] = true;
    while let Some((state, next)) = stack.last_mut() {
        if *next == chain.starts[*state as usize + 1] {
            order.push(*state);
            stack.pop();
            continue;
        }
        let to = chain.to[*next as usize];
        *next += 1;
        if !core::mem::replace(&mut seen[to as usize], true) {
            stack.push((to, chain.starts[to as usize]));
        }
    }
    order
}
