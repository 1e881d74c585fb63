// `cargo xtask bench attribution --browser`: the engine in headless Chromium, one JSON line a task.
// usage: VERSION=… node browser.mjs DATA WINDOW RUNS ORDERS [CREDITS]
//
// Measured as tests/peers/browser.mjs measures others: a local server, uncompressed, nothing cached; the arrays are in
// the page's memory before the clock; a new browser gets 1.5 seconds to settle.

import { build } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { launch, median, rounded, say, serve } from "./local.mjs";
import { files as columns, TASKS } from "./tasks.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const ui = path.join(here, "../../../../www/ui");
const [data, window, runs, orders] = [process.argv[2], ...process.argv.slice(3, 6).map(Number)];
const credits = process.argv[6];

const WARM_UP = 3;
const COLD_RUNS = 5;
const SETTLE_MS = 1500;
/** A task that takes more in all ends after the third run or later. */
const BUDGET_MS = 20_000;

/** A module of this folder as a site would ship it; the engine's own script stays beside it. */
async function bundle(name) {
  const { outputFiles } = await build({
    entryPoints: [path.join(here, name)],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    external: ["/attribution.js"],
  });
  return Buffer.from(outputFiles[0].contents);
}

const served = new Map([
  ["/index.html", Buffer.from('<!doctype html><title>bench</title><script type="module" src="/page.js"></script>')],
  ["/page.js", await bundle("page.mjs")],
  ["/worker.js", await bundle("worker.mjs")],
  ["/attribution.js", await readFile(path.join(ui, "attribution.js"))],
  ["/attribution_bg.wasm", await readFile(path.join(ui, "attribution_bg.wasm"))],
]);
for (const name of columns) served.set(`/data/${name}`, await readFile(path.join(data, name)));

const server = await serve((pathname) => served.get(pathname));

/** A browser of its own with nothing cached, and the arrays in the page's memory. */
async function withPage(use) {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error(error));
    await page.goto(`${server.origin}/index.html`);
    await page.waitForFunction(() => globalThis.bench);
    await page.evaluate(() => globalThis.bench.load());
    await page.waitForTimeout(SETTLE_MS);
    return await use(page);
  } finally {
    await browser.close();
  }
}

const brotli = (bytes) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } })
    .length;

let touches;
const report = (task, took, more = {}) => {
  const measured = took.length ? { median_ms: rounded(median(took)), runs: took.length } : {};
  say(task, touches, { ...measured, ...more });
};

try {
  const cold = [];
  for (let run = 0; run < Math.min(runs, COLD_RUNS); run++) {
    cold.push(await withPage((page) => page.evaluate((window) => globalThis.bench.first(window), window)));
  }
  await withPage(async (page) => {
    touches = await page.evaluate(() => globalThis.bench.touches());
    for (const task of Object.keys(TASKS)) {
      if (task === "markov4" && orders < 4) continue;
      const job = [window, task, WARM_UP, runs, BUDGET_MS];
      const { took, memory } = await page.evaluate((job) => globalThis.bench.warm(...job), job);
      report(`${task}_browser`, took, { peak_memory_bytes: memory });
    }
    if (credits) {
      const found = await page.evaluate((job) => globalThis.bench.answers(...job), [window, orders]);
      await writeFile(credits, `${JSON.stringify(found)}\n`);
    }
  });
  report("first_answer_browser", cold);
  const names = ["attribution_bg.wasm", "attribution.js", "worker.js"];
  const files = Object.fromEntries(names.map((name) => [name, brotli(served.get(`/${name}`))]));
  report("bytes_browser", [], { brotli_bytes: Object.values(files).reduce((sum, size) => sum + size, 0), files });
} finally {
  server.close();
}
