// The engine alone on workerd: the same bits as natively.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { Miniflare } from "miniflare";
import { files } from "../../crates/xtask/src/bench/tasks.mjs";
import { bits, COUNT, data, native, ORDERS, WINDOW } from "../support/attribution.mjs";
import { root } from "../support/instance.mjs";

const SCRIPT = `
  import wasm from "./attribution_bg.wasm";
  import { Attribution, initSync } from "./attribution.js";
  import { answers, arraysOf } from "./tasks.mjs";
  ${files.map((name, i) => `import data${i} from "./${name}";`).join("\n")}

  initSync({ module: wasm });
  const arrays = arraysOf([${files.map((_, i) => `data${i}`)}]);
  export default {
    fetch: () => {
      try {
        new Attribution(...arrays.with(5, new Float64Array(1)), ${WINDOW});
        return new Response("ragged arrays were taken", { status: 500 });
      } catch (error) {
        return Response.json({ rule: error, ...answers(new Attribution(...arrays, ${WINDOW}), ${ORDERS}) });
      }
    },
  };`;

test("attribution gives the same bits on workerd as natively", async () => {
  const beside = async (type, ...from) => {
    const file = path.join(...from);
    return { type, path: `/${path.basename(file)}`, contents: await readFile(file) };
  };
  const parts = await Promise.all([
    beside("ESModule", root, "www/ui/attribution.js"),
    beside("CompiledWasm", root, "www/ui/attribution_bg.wasm"),
    beside("ESModule", root, "crates/xtask/src/bench/tasks.mjs"),
    ...files.map((name) => beside("Data", data, name)),
  ]);
  const mf = new Miniflare({
    compatibilityDate: "2026-04-01",
    modulesRoot: "/",
    modules: [{ type: "ESModule", path: "/index.mjs", contents: SCRIPT }, ...parts],
  });
  try {
    const response = await mf.dispatchFetch("http://localhost/");
    assert.equal(response.status, 200, await response.clone().text());
    const { rule, ...found } = await response.json();
    assert.match(rule, /^conv_journey, conv_ts and conv_value must hold as many numbers/);
    const expected = bits(await native());
    assert.equal(expected.length, COUNT);
    assert.deepEqual(bits(found).sort(), expected.sort());
  } finally {
    await mf.dispose();
  }
});
