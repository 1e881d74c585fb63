// `test(name, options, body)`: a test with an instance of its own, which is stopped whatever happens.

import { test as nodeTest } from "node:test";
import { start } from "./instance.mjs";

export function test(name, options, body = options) {
  nodeTest(name, async (context) => {
    const instance = await start(typeof options === "function" ? {} : options);
    try {
      await body(instance, context);
    } finally {
      await instance.stop();
    }
  });
}
