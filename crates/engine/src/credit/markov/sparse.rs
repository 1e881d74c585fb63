//! Large chains: the probability of conversion without each unit, by Gauss-Seidel on the sparse system, until it stands.
//!
//! x = r + Q·x with x = 0 in the states that are removed. I − Q is an M-matrix, so the iteration converges from any start; it
//! goes on until no value moves by more than rounding does. States are visited so that where a move leads comes before where it
//! starts (depth first, postorder), as far as there are no cycles; a chain without cycles is solved in one sweep.

use super::Chain;

/// Units that are solved together: their values stand side by side, so that one instruction serves several.
const LANES: usize = 8;
/// Sweeps after which the iteration is given up as standing: no observed chain needs nearly as many.
const SWEEPS: usize = 100_000;

/// The removal effect of every unit, `p` being the probability of conversion with all of them.
pub(super) fn removal_effects(chain: &Chain, p: f64) -> Vec<f64> {
    let system = System::of(chain);
    let units: Vec<u32> = (0..chain.units as u32).collect();
    let mut effects: Vec<f64> =
        units.chunks(LANES).flat_map(|units| system.without(units)).map(|without| 1.0 - without / p).collect();
    effects.truncate(chain.units);
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
}

impl System {
    fn of(chain: &Chain) -> Self {
        let order = postorder(chain);
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
        let mut values = vec![[0.0f64; LANES]; self.touches.len()];
        let kept: Vec<[f64; LANES]> = self.touches.iter().map(|touches| mask(touches, units)).collect();
        let mut steps = [vec![[0.0f64; LANES]; values.len()], vec![[0.0f64; LANES]; values.len()]];
        let mut last = f64::INFINITY;
        let period: usize = std::env::var("PERIOD").ok().and_then(|v| v.parse().ok()).unwrap_or(5);
        for sweep in 1..SWEEPS {
            SW.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let [before, now] = &mut steps;
            let moved = self.sweep(&kept, &mut values, now);
            if std::env::var_os("DBG2").is_some() { eprintln!("{sweep} {moved:e}"); }
            if moved <= f64::EPSILON * 0.0625 || moved >= last && moved < 1e-15 {
                break;
            }
            last = moved;
            if sweep % period == 0 {
                extrapolate(&mut values, before, now);
                last = f64::INFINITY;
            }
            core::mem::swap(before, now);
        }
        if std::env::var_os("DBG").is_some() { eprintln!("n {} nnz {} sweeps {}", self.leave.len(), self.to.len(), SW.load(std::sync::atomic::Ordering::Relaxed)); }
        values[self.start]
    }

    /// One pass over all states; how far the value that moved most has moved.
    fn sweep(&self, kept: &[[f64; LANES]], values: &mut [[f64; LANES]], steps: &mut [[f64; LANES]]) -> f64 {
        let mut moved = [0.0f64; LANES];
        for state in 0..self.leave.len() {
            let mut sum = [self.conversion[state]; LANES];
            let range = self.starts[state] as usize..self.starts[state + 1] as usize;
            for (to, probability) in self.to[range.clone()].iter().zip(&self.probability[range]) {
                let next = &values[*to as usize];
                for lane in 0..LANES {
                    sum[lane] += probability * next[lane];
                }
            }
            let value = &mut values[state];
            for lane in 0..LANES {
                let new = sum[lane] * self.leave[state] * kept[state][lane];
                steps[state][lane] = new - value[lane];
                let distance = steps[state][lane].abs();
                moved[lane] = if distance > moved[lane] { distance } else { moved[lane] };
                value[lane] = new;
            }
        }
        moved.into_iter().fold(0.0, f64::max)
    }
}

/// Goes where a geometric series of steps would end (Aitken), lane by lane.
fn extrapolate(values: &mut [[f64; LANES]], before: &[[f64; LANES]], now: &[[f64; LANES]]) {
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
        far[lane] = if ratio > 0.0 && ratio < 0.999 { ratio / (1.0 - ratio) } else { 0.0 };
    }
    for (value, now) in values.iter_mut().zip(now) {
        for lane in 0..LANES {
            value[lane] += far[lane] * now[lane];
        }
    }
}

/// 0 for each of the units that a state contains, 1 for the others.
fn mask(touches: &[u32; 4], units: &[u32]) -> [f64; LANES] {
    let mut kept = [1.0; LANES];
    for (lane, unit) in units.iter().enumerate() {
        if touches.contains(unit) {
            kept[lane] = 0.0;
        }
    }
    kept
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

static SW: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
