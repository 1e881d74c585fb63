// An instance of the built Worker on workerd, with stores of its own, for one test. Bindings are read from wrangler.toml.

import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as workerOptions, unstable_readConfig as readConfig, unstable_splitSqlQuery as splitSql } from "wrangler";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const migrationsDir = path.join(root, "crates/edge/migrations");

export const CHROME =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

/** A consumer of the queue that keeps what it is given. */
const TAP = {
  name: "tap",
  modules: true,
  script: `export default {
    async queue(batch, env) {
      for (const message of batch.messages) await env.SEEN.put(message.id, JSON.stringify(message.body));
    },
  };`,
  kvNamespaces: ["SEEN"],
  queueConsumers: { "tributary-touches": { maxBatchTimeout: 0 } },
};

/** What sends e-mail: it keeps what it is given, and refuses what goes to those of `down.example`. */
const POST = {
  name: "post",
  modules: true,
  compatibilityDate: "2026-04-01",
  script: `import { WorkerEntrypoint } from "cloudflare:workers";
  export default class extends WorkerEntrypoint {
    async send(message) {
      await this.env.SENT.put(crypto.randomUUID(), JSON.stringify(message));
      if (message.to.endsWith("down.example")) throw new Error("The mailbox is full");
      return { messageId: "x" };
    }
  }`,
  kvNamespaces: ["SENT"],
};

/**
 * Starts an instance.
 *
 * @param {{ migrate?: boolean, consume?: boolean | "tap", queue?: boolean, setup?: boolean | object, keys?: string,
 *   port?: number, assets?: boolean, bucket?: boolean, kept?: string, bindings?: object, outside?: Function, limits?: object | null,
 *   mail?: boolean }} options
 *   `migrate: false` leaves the database without tables: a store that fails. `consume: false` takes the queue's consumer
 *   away, `"tap"` puts one in its place that only keeps what it is given (`delivered`). `queue: false` leaves no queue at
 *   all. `setup: false` leaves the instance empty; an object changes the program. `keys` are the TOKEN_KEYS.
 *   `bucket: false` leaves no R2. `assets: false` leaves the files of `www` out, and what looks for them before the Worker is asked. `kept` is a folder
 *   for stores that outlive the instance. `bindings` are further secrets. `outside` answers what the Worker asks of other
 *   hosts. `mail: true` has something that sends e-mail (`mailed`). `limits` are limits of requests a minute, by their binding; with `null` no limiter is there.
 */
export async function start(options = {}) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await begin(options);
    } catch (error) {
      // Miniflare's bridge answers `prepare` synchronously. Under load an answer may come late: then each call is given the
      // one before it, for as long as the instance lives. Only another instance helps.
      if (error.code !== "ERR_ASSERTION" || attempt === 3) throw error;
    }
  }
}

async function begin(options) {
  const { migrate = true, consume = true, queue = true, setup = true, port, assets = true, kept } = options;
  const keys = options.keys ?? `k1:${randomBytes(32).toString("hex")}`;
  const setupSecret = randomBytes(24).toString("hex");
  const config = path.join(root, "wrangler.toml");
  const { workerOptions: worker, main } = workerOptions(config);
  const build = path.dirname(main ?? path.join(root, "build/index.js"));
  if (consume !== true || !queue) delete worker.queueConsumers;
  if (!queue) delete worker.queueProducers;
  if (!assets) delete worker.assets;
  if (options.bucket === false) delete worker.r2Buckets;
  for (const [name, limit] of Object.entries(options.limits ?? {})) worker.ratelimits[name].simple.limit = limit;
  if (options.limits === null) delete worker.ratelimits;
  const tributary = {
    ...worker,
    name: "tributary",
    modules: [
      { type: "ESModule", path: path.join(build, "index.js") },
      { type: "CompiledWasm", path: path.join(build, "index_bg.wasm") },
    ],
    modulesRoot: build,
    // Those of wrangler.toml alone: wrangler adds the secrets of a demo that ran here.
    bindings: { ...readConfig({ config }).vars, TOKEN_KEYS: keys, SETUP_SECRET: setupSecret, ...options.bindings },
    ...(options.outside && { outboundService: options.outside }),
    ...(options.mail && { serviceBindings: { ...worker.serviceBindings, MAIL: "post" } }),
  };
  const mf = new Miniflare({
    host: "127.0.0.1",
    port: port ?? 0,
    workers: [tributary, ...(consume === "tap" ? [TAP] : []), ...(options.mail ? [POST] : [])],
    // Unless told otherwise nothing is kept: every instance begins empty.
    d1Persist: kept ? path.join(kept, "d1") : false,
    kvPersist: kept ? path.join(kept, "kv") : false,
    r2Persist: kept ? path.join(kept, "r2") : false,
    cachePersist: false,
  });
  try {
    // A browser takes `localhost` for a secure context, which cookies marked Secure need.
    const url = (await mf.ready).origin.replace("127.0.0.1", "localhost");
    const db = await mf.getD1Database("DB");
    if (migrate) await applyMigrations(db);
    const instance = new Instance(mf, url, db, keys, setupSecret);
    if (migrate && setup) await instance.setup(setup === true ? {} : setup);
    return instance;
  } catch (error) {
    // What goes on running would keep the test's process from its end.
    await mf.dispose();
    throw error;
  }
}

export async function applyMigrations(db) {
  for (const name of (await readdir(migrationsDir)).sort()) {
    const sql = await readFile(path.join(migrationsDir, name), "utf8");
    await db.batch(splitSql(sql).map((text) => prepared(db, text)));
  }
}

/** Miniflare's bridge, which answers this call synchronously, now and then loses an answer under load: it is asked again. */
function prepared(db, text) {
  for (let attempt = 1; ; attempt++) {
    try {
      return db.prepare(text);
    } catch (error) {
      if (attempt === 3) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50 * attempt);
    }
  }
}

/** A running Worker, its stores, and what a vendor's backend would call. */
export class Instance {
  constructor(mf, url, db, keys, setupSecret) {
    Object.assign(this, { mf, url, db, keys, setupSecret });
  }

  async setup(program = {}) {
    const response = await this.fetch("/api/setup", {
      method: "POST",
      headers: { authorization: `Bearer ${this.setupSecret}`, "content-type": "application/json" },
      body: JSON.stringify({
        program: {
          name: "Northbeam",
          url: "https://northbeam.example",
          allowedHosts: ["example.com", "*.example.com", "northbeam.example"],
          ...program,
        },
        owner: { email: "owner@northbeam.example", name: "Olive Owner" },
      }),
    });
    const answer = await response.json();
    if (response.status !== 201) throw new Error(`setup: ${response.status} ${JSON.stringify(answer)}`);
    Object.assign(this, { apiKey: answer.apiKey, publishableKey: answer.publishableKey, program: answer.program });
  }

  /** A request as a browser would send it, redirects not followed. */
  fetch(pathname, { headers = {}, ...init } = {}) {
    return fetch(new URL(pathname, this.url), {
      redirect: "manual",
      ...init,
      headers: { "user-agent": CHROME, ...headers },
    });
  }

  /** A request with the secret key; answers status and body. */
  async api(method, pathname, body, { key = this.apiKey, headers = {} } = {}) {
    const response = await this.fetch(`/api${pathname}`, {
      method,
      headers: {
        ...(key && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
  }

  async partner(name, more = {}) {
    const { status, body } = await this.api("POST", "/partners", {
      name,
      email: `${name.toLowerCase().replace(/\W+/g, ".")}@partners.example`,
      ...more,
    });
    if (status !== 201) throw new Error(`partner: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  async facts(facts, options) {
    return this.api("POST", "/facts", facts, options);
  }

  /** Clicks a link; answers the token, the cookies and the address that it leads to. */
  async click(key, { headers = {}, query = "" } = {}) {
    const response = await this.fetch(`/${key}${query}`, { headers });
    const location = response.headers.get("location");
    const cookies = Object.fromEntries(
      response.headers.getSetCookie().map((line) => line.split(";")[0].split(/=(.*)/s).slice(0, 2)),
    );
    const token = location && new URL(location, this.url).searchParams.get("trb_id");
    return { status: response.status, location, cookies, token, response };
  }

  /** A session cookie for a partner, or for the marketer. */
  async signIn(who) {
    const { body } = await this.api("POST", "/sign-in-links", who.id ? { partnerId: who.id } : { role: who });
    const response = await this.fetch(new URL(body.url).pathname + new URL(body.url).search);
    const cookie = response.headers.getSetCookie().find((line) => line.startsWith("__Host-trb_s="));
    return cookie.split(";")[0];
  }

  /** The feed as JSON, for a session, a token or the secret key. */
  async feed({ cookie, token = cookie ? undefined : this.apiKey } = {}) {
    const headers = { accept: "application/json" };
    if (cookie) headers.cookie = cookie;
    if (token) headers.authorization = `Bearer ${token}`;
    const response = await this.fetch("/api/feed", { headers });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  async rows(sql, ...values) {
    return (await prepared(this.db, sql).bind(...values).all()).results;
  }

  /** What the queue was given so far, with `consume: "tap"`. */
  async delivered() {
    const seen = await this.mf.getKVNamespace("SEEN", "tap");
    const { keys } = await seen.list();
    return Promise.all(keys.map(({ name }) => seen.get(name, "json")));
  }

  /** What was handed over to be sent as e-mail, with `mail: true`. */
  async mailed() {
    const sent = await this.mf.getKVNamespace("SENT", "post");
    const { keys } = await sent.list();
    return Promise.all(keys.map(({ name }) => sent.get(name, "json")));
  }

  /** Waits until a query's first value is as expected. */
  async until(sql, expected, ...values) {
    let got;
    for (let i = 0; i < 300; i++) {
      got = Object.values((await this.rows(sql, ...values))[0] ?? {})[0];
      if (got === expected) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${sql}: ${got} instead of ${expected}`);
  }

  stop() {
    return this.mf.dispose();
  }
}
