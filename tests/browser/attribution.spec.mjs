// The engine alone in Chromium: the same bits as natively.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { expect, test } from "@playwright/test";
import { files } from "../../crates/xtask/src/bench/tasks.mjs";
import { bits, COUNT, data, native, ORDERS, WINDOW } from "../support/attribution.mjs";
import { root } from "../support/instance.mjs";

const script = "text/javascript";
const types = { ".html": "text/html", ".js": script, ".mjs": script, ".wasm": "application/wasm" };
const folders = { ui: "www/ui", bench: "crates/xtask/src/bench", data: path.relative(root, data) };

/** A page of nothing, the engine's module, and the vectors. */
async function serve() {
  const server = createServer(async ({ url }, response) => {
    const [, folder, name = "index.html"] = url.split("/");
    const file = folders[folder] && path.join(root, folders[folder], path.basename(name));
    const body = file ? await readFile(file).catch(() => undefined) : "<!doctype html><title>attribution</title>";
    response.writeHead(body ? 200 : 404, { "content-type": types[path.extname(name)] ?? "application/octet-stream" });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => server.close() };
}

test("attribution gives the same bits in Chromium as natively", async ({ page }) => {
  const server = await serve();
  try {
    await page.goto(server.url);
    const found = await page.evaluate(
      async ([files, window, orders]) => {
        const { default: init, Attribution } = await import("/ui/attribution.js");
        const { answers, arraysOf } = await import("/bench/tasks.mjs");
        await init();
        const fetched = files.map(async (name) => (await fetch(`/data/${name}`)).arrayBuffer());
        const arrays = arraysOf(await Promise.all(fetched));
        // As text: what carries values out of a page must not be trusted with every double.
        return JSON.stringify(answers(new Attribution(...arrays, window), orders));
      },
      [files, WINDOW, ORDERS],
    );
    const expected = bits(await native());
    expect(expected).toHaveLength(COUNT);
    expect(bits(JSON.parse(found)).sort()).toEqual(expected.sort());
  } finally {
    server.stop();
  }
});
