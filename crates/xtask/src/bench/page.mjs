// The page that browser.mjs opens: it asks a worker, and its clock runs from the question to the answer in the page.

import { arraysOf, files } from "./tasks.mjs";

let arrays;

/** Brings the arrays into memory, before any clock starts. */
async function load() {
  const fetched = files.map(async (name) => (await fetch(`/data/${name}`)).arrayBuffer());
  arrays = arraysOf(await Promise.all(fetched));
}

/** A worker, the module, and the log in its memory: all on the way, nothing awaited. */
function start(window) {
  const worker = new Worker("/worker.js", { type: "module" });
  worker.postMessage(["load", ...arrays, window]);
  return worker;
}

const ask = (worker, ...question) =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(question);
  });

/** Milliseconds from nothing to the first answer. */
async function first(window) {
  const began = performance.now();
  await ask(start(window), "heuristics6");
  return performance.now() - began;
}

/** Milliseconds of each run of a task in a worker of its own, and the most memory that the module had. */
async function warm(window, task, warmUp, runs, budget) {
  const worker = start(window);
  const took = [];
  for (let run = -warmUp, spent = 0; run < runs && (took.length < 3 || spent < budget); run++) {
    const began = performance.now();
    await ask(worker, task);
    const passed = performance.now() - began;
    spent += passed;
    if (run >= 0) took.push(passed);
  }
  const memory = await ask(worker, "memory");
  worker.terminate();
  return { took, memory };
}

const answers = (window, orders) => ask(start(window), "answers", orders);

globalThis.bench = { load, first, warm, answers, touches: () => arrays[0].length };
