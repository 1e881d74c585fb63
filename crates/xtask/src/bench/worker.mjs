// The worker of page.mjs: the engine off the main thread. Its first message brings the log, every other one asks.

import init, { Attribution } from "/attribution.js";
import { answers, TASKS } from "./tasks.mjs";

const loading = init("/attribution_bg.wasm");
let attribution;

async function answer([ask, ...more]) {
  const { memory } = await loading;
  if (ask === "load") attribution = new Attribution(...more);
  else if (ask === "answers") postMessage(answers(attribution, ...more));
  else if (ask === "memory") postMessage(memory.buffer.byteLength);
  else postMessage(TASKS[ask](attribution));
}

// What fails here becomes an error event of the worker in the page.
onmessage = ({ data }) => answer(data).catch(reportError);
