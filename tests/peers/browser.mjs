// DuckDB-Wasm in headless Chromium, started by run.py with a job on standard input; answers in JSON.

import { build } from "esbuild";
import { chromium } from "@playwright/test";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

const here = path.dirname(fileURLToPath(import.meta.url));
const WARM_UP = 3;
const COLD_RUNS = 5;
/** A browser that has just started is still busy with itself. */
const SETTLE_MS = 1500;
const types = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

const job = JSON.parse(await text(process.stdin));
const dist = path.join(job.wasm, "node_modules/@duckdb/duckdb-wasm/dist");
/** What a browser with WebAssembly exceptions loads; `selectBundle` picks the same without cross-origin isolation. */
const engine = ["duckdb-eh.wasm", "duckdb-browser-eh.worker.js"];

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const body = files.get(pathname) ?? (await dataFile(pathname));
  if (!body) return response.writeHead(404).end();
  response.writeHead(200, {
    "content-type": types[path.extname(pathname)] ?? "application/octet-stream",
    "cache-control": "no-store",
  });
  response.end(body);
});

const dataFile = (pathname) =>
  /^\/data\/[a-z_]+\.(u8|u32|f64)$/.test(pathname) ? readFile(path.join(job.data, path.basename(pathname))) : undefined;

/** The page's module with the library in it, as a site would ship it. */
async function bundle() {
  const { outputFiles } = await build({
    entryPoints: [path.join(here, "page.mjs")],
    nodePaths: [path.join(job.wasm, "node_modules")],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  return Buffer.from(outputFiles[0].contents);
}

const brotli = (bytes) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } })
    .length;

/** A browser of its own with nothing cached, and the arrays in the page's memory. */
async function withPage(use) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_BIN || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error(error));
    await page.goto(`http://localhost:${server.address().port}/index.html`);
    await page.waitForFunction(() => globalThis.peer);
    await page.evaluate(() => globalThis.peer.load());
    await page.waitForTimeout(SETTLE_MS);
    return await use(page);
  } finally {
    await browser.close();
  }
}

const files = new Map([
  ["/index.html", Buffer.from('<!doctype html><title>peer</title><script type="module" src="/page.js"></script>')],
  ["/page.js", await bundle()],
]);
for (const name of engine) files.set(`/${name}`, await readFile(path.join(dist, name)));
await new Promise((done) => server.listen(0, "localhost", done));

const bytes = Object.fromEntries(engine.map((name) => [name, brotli(files.get(`/${name}`))]));
const cold = [];
for (let run = 0; run < Math.min(job.runs, COLD_RUNS); run++) {
  cold.push(await withPage((page) => page.evaluate((query) => globalThis.peer.first(query), job.query)));
}
const answer = await withPage((page) =>
  page.evaluate(([query, warmUp, runs]) => globalThis.peer.warm(query, warmUp, runs), [job.query, WARM_UP, job.runs]),
);
server.close();
console.log(JSON.stringify({ ...answer, cold, bytes }));
