// `cargo xtask bench ui`: the built portal, and the console, in headless Chromium with a feed of many touches, one JSON line a
// measurement.
// usage: VERSION=… node ui.mjs PARTNERS_FEED PROGRAMS_FEED TOUCHES RUNS
//
// Times are in milliseconds. `painted_ms` runs from the event to the end of the next painted frame, which begins when the
// screen says so; `work_ms` is what of it the main thread works: the event's task (`script_ms`, the engine and the DOM) and
// the frame's own (style, layout, paint). Whether a switch is within a frame is judged by the work, since waiting for the
// screen is nobody's to mend. `cpu_ms` is what the processor spent on the main thread, which others on the machine do not
// change. `longest_task_ms` is the longest task that the browser reports meanwhile: 0 where none took 50 ms.

import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { launch, median, rounded, say, serve } from "./local.mjs";

const www = path.join(path.dirname(fileURLToPath(import.meta.url)), "../../../../www");
const [files, [touches, runs]] = [process.argv.slice(2, 4), process.argv.slice(4, 6).map(Number)];

/** Sixty frames a second. */
const FRAME_MS = 16.7;
const COLD_RUNS = 3;
/** Places of the console that are computed beyond the overview, and what is there once they are. */
const PLACES = [
  ["Partners", "tr[data-partner]"],
  ["Funnel", "main table tbody tr"],
  ["Deals", "tr.deal"],
  ["Journeys", "tr[data-path]"],
  ["Cohorts", "table.cohorts tbody tr"],
  ["Listings", "table.listings tbody tr, main .panel p"],
  ["Figures", "[data-figure]"],
];
const SETTLE_MS = 1500;

const [portal, console_] = await Promise.all(files.map((file) => readFile(file)));
let feed = portal;
const server = await serve(async (pathname) => {
  if (pathname === "/api/feed") return feed;
  const name = path.join(www, pathname);
  return name.startsWith(www) && (await stat(name).catch(() => null))?.isFile() ? readFile(name) : null;
});

/** In the page, before anything of its own: remembers the first figure, long tasks and the module's memory. */
function watch() {
  const seen = { tasks: [] };
  new PerformanceObserver((list) => seen.tasks.push(...list.getEntries())).observe({ type: "longtask", buffered: true });
  const posted = () =>
    new Promise((done) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = done;
      port2.postMessage(null);
    });
  // What is posted in the callback of a frame is heard once that frame is painted.
  const framed = () =>
    new Promise((done) =>
      requestAnimationFrame(() => {
        const began = performance.now();
        posted().then(() => done({ began, ended: performance.now() }));
      }),
    );
  seen.first = new Promise((done, fail) => {
    const look = new MutationObserver(async () => {
      if (document.querySelector('#app[data-state="error"]')) fail(new Error(document.body.innerText));
      if (!document.querySelector('[data-figure]:not([data-value=""])')) return;
      look.disconnect();
      done((await framed()).ended);
    });
    look.observe(document, { subtree: true, childList: true, attributes: true });
  });
  const instantiate = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (...asked) => {
    const made = await instantiate(...asked);
    // Parts that come later share that of the first.
    seen.memory ??= made.instance.exports.memory;
    return made;
  };
  /** Lets something happen in a task of its own, and measures it. */
  seen.measure = async (happen) => {
    await framed();
    seen.tasks.length = 0;
    const handled = posted().then(() => performance.now());
    const began = performance.now();
    happen();
    const [task, frame] = await Promise.all([handled, framed()]);
    // Long tasks are told of some time later.
    await new Promise((done) => setTimeout(done, 200));
    const longest = Math.max(0, ...seen.tasks.map((entry) => entry.duration));
    const [script, render] = [task - began, frame.ended - frame.began];
    return { painted: frame.ended - began, work: script + render, script, longest };
  };
  seen.turn = (name, value) => {
    const select = document.querySelector(`select[name="${name}"]`);
    return seen.measure(() => {
      select.value = value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    });
  };
  seen.press = () => seen.measure(() => document.querySelector(".deals button.open").click());
  globalThis.bench = seen;
}

/** A browser of its own with a page open; answers with when its first figure was painted, too. */
async function withPage(name, use) {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error(error));
    await page.addInitScript(watch);
    await page.goto(`${server.origin}/${name}/index.html`);
    const first = await page.evaluate(() => globalThis.bench.first);
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    return await use(page, first, session);
  } finally {
    await browser.close();
  }
}

/** What a measurement in the page says, with the processor's time. */
async function measured(page, session, ...asked) {
  const spent = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1000 * metrics.find((metric) => metric.name === "TaskDuration").value;
  };
  const before = await spent();
  const one = await page.evaluate(([ask, ...more]) => globalThis.bench[ask](...more), asked);
  return { ...one, cpu: (await spent()) - before };
}

const of = (took, part) => took.map((one) => one[part]);

function report(task, took, more = {}) {
  const [work, painted] = [of(took, "work"), of(took, "painted")];
  say(task, touches, {
    ...more,
    work_ms: rounded(median(work)),
    worst_work_ms: rounded(Math.max(...work)),
    script_ms: rounded(median(of(took, "script"))),
    cpu_ms: rounded(median(of(took, "cpu"))),
    painted_ms: rounded(median(painted)),
    worst_painted_ms: rounded(Math.max(...painted)),
    longest_task_ms: Math.max(...of(took, "longest")),
    runs: took.length,
    frame_ms: FRAME_MS,
    within_frame: median(work) <= FRAME_MS,
    worst_within_frame: Math.max(...work) <= FRAME_MS,
  });
}

/** What would move under another policy: from the switch to the answer, and what the page's thread does meanwhile. */
async function preview(page, session, model) {
  const began = performance.now();
  const one = await measured(page, session, "turn", "with", model);
  await page.locator(".outcome").waitFor();
  const took = performance.now() - began;
  const longest = await page.evaluate(() => Math.max(0, ...globalThis.bench.tasks.map((entry) => entry.duration)));
  await page.locator('select[name="with"]').selectOption("policy");
  return { took, work: one.work, longest };
}

/** Another place of the console: from the press until what it shows is there, and the longest task meanwhile. */
async function visit(page, place, shown) {
  const began = performance.now();
  await page.evaluate(() => globalThis.bench.tasks.splice(0));
  await page.getByRole("link", { name: place, exact: true }).click();
  await page.locator(shown).first().waitFor();
  const took = performance.now() - began;
  const longest = await page.evaluate(() => Math.max(0, ...globalThis.bench.tasks.map((entry) => entry.duration)));
  say("console_place", touches, { place, shown_ms: rounded(took), longest_task_ms: longest });
}

/** Turns a switch through all that it offers, several times over. */
async function switches(page, session, name) {
  const words = await page.locator(`select[name="${name}"] option`).evaluateAll((all) => all.map((o) => o.value));
  const took = new Map(words.map((word) => [word, []]));
  // The first round is for the compiler. Each begins at the end that it stands at, so that every turn changes something.
  for (let round = -1; round < runs; round++) {
    for (const word of [...words.slice(1), words[0]]) {
      const one = await measured(page, session, "turn", name, word);
      if (round >= 0) took.get(word).push(one);
    }
  }
  for (const [word, found] of took) report(`${name}_switch`, found, { [name]: word });
}

try {
  const cold = [];
  for (let run = 0; run < Math.min(runs, COLD_RUNS); run++) cold.push(await withPage("portal", (_, first) => first));
  say("first_figure", touches, { first_figure_ms: rounded(median(cold)), worst_ms: rounded(Math.max(...cold)), runs: cold.length });
  await withPage("portal", async (page, _, session) => {
    await page.waitForTimeout(SETTLE_MS);
    await switches(page, session, "model");
    await switches(page, session, "window");
    await page.getByRole("link", { name: "Deals", exact: true }).click();
    await page.waitForSelector(".deals button.open");
    const opened = [];
    // Every second press closes it again.
    for (let run = 0; run < 2 * runs; run++) {
      const one = await measured(page, session, "press");
      if (run % 2 === 0) opened.push(one);
    }
    report("deal_open", opened);
    const memory = await page.evaluate(() => globalThis.bench.memory.buffer.byteLength);
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    say("bytes", touches, { feed_bytes: feed.length, wasm_memory_bytes: memory, js_heap_bytes: usedSize });
  });
  feed = console_;
  await withPage("console", async (page, first, session) => {
    const warm = [];
    for (let run = 0; run < runs; run++) {
      await page.waitForTimeout(SETTLE_MS);
      await page.reload();
      warm.push(await page.evaluate(() => globalThis.bench.first));
    }
    say("console_first_figure", touches, {
      first_figure_ms: rounded(first),
      again_ms: rounded(median(warm)),
      worst_again_ms: rounded(Math.max(...warm)),
      runs: warm.length,
    });
    await page.waitForTimeout(SETTLE_MS);
    await page.getByRole("link", { name: "Models", exact: true }).click();
    await page.waitForSelector('select[name="with"]');
    for (const model of ["linear", "u", "last"]) {
      const { took, work, longest } = await preview(page, session, model);
      say("policy_preview", touches, { model, answer_ms: rounded(took), work_ms: rounded(work), longest_task_ms: longest });
    }
    for (const [place, shown] of PLACES) await visit(page, place, shown);
  });
} finally {
  server.close();
}
