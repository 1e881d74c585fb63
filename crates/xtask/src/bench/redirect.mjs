// Processor time of a redirect on workerd, beside two floors in the same run: a Worker that answers a constant 302, and one
// that reads a link from KV and answers with its destination.
//
// The floors are JavaScript of a few lines: nothing that a Worker can do costs less there, while a floor of Rust would hide
// what Rust and its glue cost. Each case has a workerd of its own, without static assets, which the platform answers before
// any Worker is asked. Requests go one after the other over one connection, in short blocks that take turns, so that whatever
// else the machine does meets all of them; the median block counts. What is measured is all that the process spends, on the stores
// and the queue that run inside it too: the touch that is recorded behind the answer is part of the redirect's time.

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { Miniflare } from "miniflare";
import { CHROME, start } from "../../../../tests/support/instance.mjs";
import { served } from "../../../../tests/support/process.mjs";

const [requests, blocks] = process.argv.slice(2).map(Number);
/** Requests before anything counts: the program is remembered, and code is compiled, as it is in an isolate that has served for
 * a minute. The runtime compiles a function for good once it has run some ten thousand times. */
const WARM_UP = 15_000;
const DESTINATION = "https://example.com/pricing?plan=pro";

const FLOORS = {
  constant: `export default {
    fetch: () => new Response(null, { status: 302, headers: { location: ${JSON.stringify(DESTINATION)} } }),
  };`,
  kv: `export default {
    async fetch(request, env) {
      const copy = JSON.parse(await env.LINKS.get(env.PREFIX + new URL(request.url).pathname.slice(1)));
      return new Response(null, { status: 302, headers: { location: copy.value.destination } });
    },
  };`,
};

/** Microseconds of processor time that a process has had. */
async function spent(pid) {
  const threads = await readdir(`/proc/${pid}/task`);
  const stats = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8")));
  return stats.reduce((sum, stat) => sum + Number(stat.split(" ")[0]) / 1e3, 0);
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

/** A request of a browser; the answer must lead on. */
function get(url, method = "GET") {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, agent, headers: { "user-agent": CHROME } }, (response) => {
      response.resume();
      response.on("error", reject);
      response.on("end", () =>
        response.statusCode === 302 && response.headers.location?.startsWith("https://example.com/pricing")
          ? resolve()
          : reject(new Error(`${url}: ${response.statusCode}, ${response.headers.location}`)),
      );
    });
    request.on("error", reject);
    request.end();
  });
}

/** Microseconds of processor time a request. */
async function block({ pid, url, path: name, method }, round) {
  const from = await spent(pid);
  for (let i = 0; i < requests; i++) await get(url + name(round * requests + i), method);
  // What goes on behind the last answers belongs to them.
  await new Promise((resolve) => setTimeout(resolve, 200));
  return (await spent(pid) - from) / requests;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

const slug = (i) => `bench-${i}`;

/** Fills a folder with a program and its links, as the API makes them; answers where KV has them, and the keys. */
async function fill(kept) {
  const instance = await start({ kept, consume: false, assets: false });
  try {
    const partner = await instance.partner("Bench");
    const make = async (key) => {
      const { status, body } = await instance.api("POST", "/links", { url: DESTINATION, key, partnerId: partner.id });
      if (status >= 300) throw new Error(`${key}: ${status} ${JSON.stringify(body)}`);
    };
    await make("bench-warm");
    for (let i = 0; i < (blocks + 1) * requests; i++) await make(slug(i));
    const kv = await instance.mf.getKVNamespace("LINKS");
    const { keys } = await kv.list({ limit: 1000 });
    const name = keys.map((key) => key.name).find((key) => key.endsWith(slug(0)));
    if (!name) throw new Error("KV has no copy of a link");
    return { prefix: name.slice(0, -slug(0).length), keys: instance.keys };
  } finally {
    await instance.stop();
  }
}

const kept = await mkdtemp(path.join(tmpdir(), "tributary-bench-"));
const running = [];
try {
  const { prefix, keys } = await fill(kept);
  const floor = async (script, id) => {
    const mf = new Miniflare({
      modules: true,
      script,
      compatibilityDate: "2026-04-01",
      host: "127.0.0.1",
      port: 0,
      kvNamespaces: { LINKS: id },
      bindings: { PREFIX: prefix },
      kvPersist: path.join(kept, "kv"),
      cachePersist: false,
    });
    running.push(() => mf.dispose());
    return (await mf.ready).origin;
  };
  const id = "00000000000000000000000000000000";
  const ours = async () => {
    const instance = await start({ kept, keys, migrate: false, setup: false, consume: false, assets: false });
    running.push(() => instance.stop());
    return instance.url.replace("localhost", "127.0.0.1");
  };
  const of = async (make) => {
    const { made: url, pid } = await served(make);
    return { url: `${url}/`, pid };
  };
  const [constant, kv, redirect] = [await of(() => floor(FLOORS.constant, id)), await of(() => floor(FLOORS.kv, id)), await of(ours)];
  const cases = {
    "constant floor": { ...constant, path: slug },
    "KV floor": { ...kv, path: slug },
    cold: { ...redirect, path: slug },
    warm: { ...redirect, path: () => "bench-warm" },
    "warm HEAD": { ...redirect, path: () => "bench-warm", method: "HEAD" },
  };
  // Each way is walked before it counts, a cold one by links that no block asks for.
  for (const { url, path: name, method } of Object.values(cases)) {
    for (let i = 0; i < requests; i++) await get(url + name(blocks * requests + i), method);
    for (let i = requests; i < WARM_UP; i++) await get(`${url}bench-warm`, method);
  }
  const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (let round = 0; round < blocks; round++) {
    for (const [name, one] of Object.entries(cases)) times[name].push(await block(one, round));
  }
  const say = (line) => console.log(JSON.stringify(line));
  const us = Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
  const round = (value, digits) => Number(value.toFixed(digits));
  for (const [name, values] of Object.entries(times)) {
    say({ bench: "redirect", case: name, us: round(us[name], 1), blocks: values.map((value) => round(value, 1)), requests });
  }
  const [cold, warm] = [us.cold / us["KV floor"], us.warm / us["KV floor"]];
  say({ bench: "redirect", ratio: "cold / KV floor", value: round(cold, 3), goal: "at most 1.25", met: cold <= 1.25 });
  say({ bench: "redirect", ratio: "warm / KV floor", value: round(warm, 3), goal: "less than 1", met: warm < 1 });
  say({ bench: "redirect", ratio: "warm / constant floor", value: round(us.warm / us["constant floor"], 3) });
} finally {
  agent.destroy();
  for (const stop of running) await stop();
  await rm(kept, { recursive: true, force: true });
}
