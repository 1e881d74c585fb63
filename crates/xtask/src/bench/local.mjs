// What the measurements in Chromium share: a local server that keeps nothing, a browser of their own, and the median.

import { chromium } from "@playwright/test";
import { createServer } from "node:http";
import path from "node:path";

const types = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".wasm": "application/wasm", ".svg": "image/svg+xml" };

/** Serves what `bytes` answers for a path, uncompressed and not to be cached; the type follows from the ending. */
export async function serve(bytes) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const body = await bytes(pathname);
    if (!body) return response.writeHead(404).end();
    const type = types[path.extname(pathname)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(body);
  });
  await new Promise((done) => server.listen(0, "localhost", done));
  return { origin: `http://localhost:${server.address().port}`, close: () => server.close() };
}

/** A browser of its own, with nothing cached. */
export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM_BIN || "/usr/bin/chromium",
    args: [
      "--no-sandbox", // as root, where CI runs
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });

export const median = (took) => {
  const [sorted, half] = [took.toSorted((a, b) => a - b), took.length >> 1];
  return took.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/** Prints the line of a task. */
export const say = (task, touches, more) =>
  console.log(JSON.stringify({ task, tool: "tributary", version: process.env.VERSION, touches, ...more }));

/** To a thousandth. */
export const rounded = (ms) => Math.round(ms * 1000) / 1000;
