// The page that browser.mjs opens: DuckDB-Wasm on arrays that are already in memory.

import * as duckdb from "@duckdb/duckdb-wasm";
import { makeVector, Table, tableToIPC } from "apache-arrow";

const arrays = {};
const columns = {
  touch_journey: ["u32", Uint32Array],
  touch_ts: ["u32", Uint32Array],
  touch_channel: ["u8", Uint8Array],
  conv_journey: ["u32", Uint32Array],
  conv_ts: ["u32", Uint32Array],
  conv_value: ["f64", Float64Array],
};

/** Brings the arrays into memory, before any clock starts. */
async function load() {
  for (const [name, [kind, Of]] of Object.entries(columns)) {
    const answer = await fetch(`/data/${name}.${kind}`);
    arrays[name] = new Of(await answer.arrayBuffer());
  }
}

/** A table as an Arrow stream, made of the arrays as they are; `id` is the place in the log. */
function stream(fields) {
  const [some] = Object.values(fields);
  const id = new Uint32Array(some.length);
  for (let at = 0; at < id.length; at++) id[at] = at;
  const vectors = Object.entries({ id, ...fields }).map(([name, values]) => [name, makeVector(values)]);
  return tableToIPC(new Table(Object.fromEntries(vectors)), "stream");
}

/** Worker, module, connection, and the arrays as tables. */
async function start() {
  const worker = new Worker("/duckdb-browser-eh.worker.js");
  const db = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), worker);
  await db.instantiate(new URL("/duckdb-eh.wasm", location.href).href);
  const connection = await db.connect();
  const { touch_journey, touch_ts, touch_channel, conv_journey, conv_ts, conv_value } = arrays;
  const touches = stream({ journey: touch_journey, ts: touch_ts, channel: touch_channel });
  await connection.insertArrowFromIPCStream(touches, { name: "touches" });
  const conversions = stream({ journey: conv_journey, ts: conv_ts, value: conv_value });
  await connection.insertArrowFromIPCStream(conversions, { name: "conversions" });
  return { db, connection };
}

const rows = (answer) => answer.toArray().map((row) => row.toArray().map(Number));

/** Milliseconds from nothing to the first answer. */
async function first(query) {
  const began = performance.now();
  const { connection } = await start();
  rows(await connection.query(query));
  return performance.now() - began;
}

/** Milliseconds of each run with the tables loaded, and the answer. */
async function warm(query, warmUp, runs) {
  const { db, connection } = await start();
  const took = [];
  let answer;
  for (let run = -warmUp; run < runs; run++) {
    const began = performance.now();
    answer = rows(await connection.query(query));
    if (run >= 0) took.push(performance.now() - began);
  }
  return { version: await db.getVersion(), warm: took, rows: answer };
}

globalThis.peer = { load, first, warm };
