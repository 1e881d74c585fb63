// What a worker, a test in Chromium and one on workerd ask of `www/ui/attribution.js`: tasks, and answers by name.

/** The constructor's arguments before the window, as the files of `tests/peers/gen_touches.py` are called. */
export const COLUMNS = {
  touch_journey: ["u32", Uint32Array],
  touch_ts: ["u32", Uint32Array],
  touch_channel: ["u8", Uint8Array],
  conv_journey: ["u32", Uint32Array],
  conv_ts: ["u32", Uint32Array],
  conv_value: ["f64", Float64Array],
};

export const files = Object.entries(COLUMNS).map(([name, [kind]]) => `${name}.${kind}`);

/** Typed arrays of the files' bytes, both in the order of the columns. */
export const arraysOf = (buffers) => Object.values(COLUMNS).map(([, Of], i) => new Of(buffers[i]));

/** The tasks that are timed, by name; each answers numbers. */
export const TASKS = {
  heuristics6: (attribution) => attribution.heuristics(),
  markov1: (attribution) => attribution.markov(1),
  markov2: (attribution) => attribution.markov(2),
  markov3: (attribution) => attribution.markov(3),
  markov4: (attribution) => attribution.markov(4),
  shapley: (attribution) => attribution.shapley(),
};

const SIX = ["first", "last", "last_non_direct", "linear", "u", "time_decay"];

/** Everything by model and channel, as `cargo xtask bench attribution --credits` writes it. */
export function answers(attribution, orders) {
  const channels = attribution.channels();
  const part = (numbers, from) => Array.from(numbers.slice(from, from + channels), Number);
  const tally = (numbers, from = 0) => ({ conversions: part(numbers, from), value: part(numbers, from + channels) });
  const found = {};
  const heuristics = attribution.heuristics();
  SIX.forEach((model, i) => (found[model] = tally(heuristics, 2 * i * channels)));
  for (let order = 1; order <= orders; order++) {
    const numbers = attribution.markov(order);
    found[`markov${order}`] = {
      p_conversion: numbers[0],
      removal_effect: part(numbers, 1),
      conversions: part(numbers, 1 + channels),
    };
  }
  found.shapley = tally(attribution.shapley());
  const money = attribution.money();
  found.money = Object.fromEntries(SIX.map((model, i) => [model, part(money, i * channels)]));
  return found;
}
