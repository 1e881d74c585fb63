// The server is killed at random moments while several clients send. Each client sends an event until it is acknowledged,
// as a careful backend does; in the end every one of them is there, once.
//
// TRIBUTARY_KILLS says how often (50 where nothing is said), TRIBUTARY_SEED which moments.

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { start } from "../support/instance.mjs";
import { served } from "../support/process.mjs";
import { random } from "../support/random.mjs";

const KILLS = Number(process.env.TRIBUTARY_KILLS ?? 50);
const SEED = Number(process.env.TRIBUTARY_SEED ?? randomInt(2 ** 31));
const CLIENTS = 6;

/** The instance that is up at the moment, over stores that outlive it. */
class Server extends EventEmitter {
  constructor(kept) {
    super();
    this.kept = kept;
  }

  async start() {
    const before = this.instance;
    const fresh = { migrate: !before, setup: !before, keys: before?.keys };
    const { made, pid } = await served(() => start({ kept: this.kept, limits: { KEYS: 1e9 }, ...fresh }));
    if (before) Object.assign(made, { apiKey: before.apiKey, publishableKey: before.publishableKey });
    Object.assign(this, { instance: made, pid });
  }

  /** As a machine that loses power: nobody is asked, nothing is finished. */
  async kill() {
    process.kill(this.pid, "SIGKILL");
    await this.instance.stop().catch(() => {});
  }
}

/** What one client sends, one after the other: leads and sales by either door, refunds, clicks with a lead behind them. */
class Client {
  constructor(server, name, seed) {
    Object.assign(this, { server, name, chance: random(seed), made: 0, open: null, sales: [], leads: [], refunded: 0, credited: [] });
  }

  /** A new event: what to send, and what it means once it is acknowledged. */
  next() {
    const key = `${this.name}-${this.made++}`;
    const customer = `c-${this.name}-${this.chance(40)}`;
    const at = new Date(Date.now() - 1000 * (1 + this.chance(3600))).toISOString();
    const amount = 100 + this.chance(10_000);
    const invoice = { customerExternalId: customer, amount, currency: "usd", invoiceId: key };
    const sale = { id: `f-${key}`, type: "revenue", kind: "new", at, customer, amount, currency: "USD", invoice: key };
    const sold = () => this.sales.push({ key, amount });
    switch (this.chance(5)) {
      case 0:
        return { send: (t) => t.api("POST", "/track/sale", invoice), done: sold };
      case 1:
        return { send: (t) => t.facts(sale), done: sold };
      // One event through two doors: it counts once, whichever answered.
      case 2:
        return {
          send: async (t) => {
            const [one, other] = await Promise.all([t.api("POST", "/track/sale", invoice), t.facts(sale)]);
            return one.status < 300 ? other : one;
          },
          done: sold,
        };
      case 3: {
        const refund = { id: `r-${key}`, type: "revenue", kind: "refund", at, customer, amount: 1, currency: "USD" };
        return {
          send: (t) => t.facts([sale, { ...refund, refundOf: key }]),
          done: () => (sold(), (this.refunded += 1)),
        };
      }
      default: {
        let token;
        return {
          send: async (t) => {
            token ??= (await t.click("kill")).token;
            const body = { clickId: token, eventName: "Sign up", customerExternalId: `l-${key}` };
            return t.api("POST", "/track/lead", body);
          },
          done: () => (this.leads.push(`l-${key}`), this.credited.push(`l-${key}`)),
        };
      }
    }
  }

  /** Sends until the server is gone; what was not acknowledged is sent again to the next. */
  async work(instance) {
    for (;;) {
      this.open ??= this.next();
      let answer;
      try {
        answer = await this.open.send(instance);
      } catch {
        return; // No answer: nobody knows what became of it.
      }
      if (answer.status >= 500) return;
      assert.ok(answer.status < 300, JSON.stringify(answer.body));
      assert.ok(!answer.body.conflict && !answer.body.invalid, JSON.stringify(answer.body));
      this.open.done();
      this.open = null;
      this.server.emit("acknowledged");
      if (this.stopping) return;
    }
  }
}

/** What every client was told is there, and nothing else is. */
async function check(t, clients, whole) {
  const sales = clients.flatMap((client) => client.sales);
  const rows = await t.rows("SELECT invoice, amount, count(*) AS n FROM revenue WHERE kind <> 'refund' GROUP BY invoice");
  const found = new Map(rows.map((row) => [row.invoice, row]));
  for (const { key, amount } of sales) {
    assert.deepEqual(found.get(key), { invoice: key, amount, n: 1 }, `sale ${key}`);
  }
  const leads = await t.rows(
    `SELECT c.external_id AS id, count(*) AS n, count(DISTINCT touch.key) AS touches
     FROM milestone AS m JOIN customer AS c ON c.id = m.customer_id
     LEFT JOIN touch ON touch.customer_id = c.id OR touch.visitor IN (SELECT visitor FROM identity WHERE customer_id = c.id)
     WHERE m.kind = 'lead.created' AND c.external_id LIKE 'l-%' GROUP BY c.id`,
  );
  const led = new Map(leads.map((row) => [row.id, row]));
  for (const id of clients.flatMap((client) => client.leads)) {
    assert.equal(led.get(id)?.n, 1, `lead ${id}`);
    // The click may have been lost with the queue; its token proved it.
    assert.ok(led.get(id).touches >= 1, `the click of ${id}`);
  }
  const days = "SELECT coalesce(sum(count), 0) AS n FROM click_day";
  const touches = "SELECT count(*) AS n FROM touch WHERE source <> 'claim'";
  assert.deepEqual(await t.rows(days), await t.rows(touches), "recorded = counted + excluded");
  if (!whole) return;
  assert.equal(rows.length, sales.length, "no sale that nobody sent");
  const [{ n: refunds }] = await t.rows("SELECT count(*) AS n FROM revenue WHERE kind = 'refund'");
  assert.equal(refunds, clients.reduce((sum, client) => sum + client.refunded, 0));
  assert.equal(leads.length, clients.flatMap((client) => client.leads).length);
  const { body } = await t.feed();
  const total = body.log.revenue.amount.reduce((sum, amount) => sum + Number(amount), 0);
  assert.ok(Number.isSafeInteger(total) && total !== 0);
}

test(`killed ${KILLS} times, the server keeps what it acknowledged, once (seed ${SEED})`, async (context) => {
  const kept = await mkdtemp(path.join(tmpdir(), "tributary-kill-"));
  const server = new Server(kept);
  const chance = random(SEED);
  const clients = Array.from({ length: CLIENTS }, (_, i) => new Client(server, `k${i}`, SEED + i));
  try {
    await server.start();
    const partner = await server.instance.partner("Kill Partner");
    const link = await server.instance.api("POST", "/links", { url: "https://example.com/", key: "kill", partnerId: partner.id });
    assert.equal(link.status, 200, JSON.stringify(link.body));
    let unanswered = 0;
    for (let kill = 1; kill <= KILLS; kill++) {
      const working = clients.map((client) => client.work(server.instance));
      // Every fifth time among the very first requests; else once they are answered, a moment later or a while.
      if (kill % 5) await once(server, "acknowledged");
      await sleep(chance(kill % 2 ? 40 : 400));
      await server.kill();
      await Promise.all(working);
      unanswered += clients.filter((client) => client.open).length;
      await server.start();
      await check(server.instance, clients, false);
    }
    for (const client of clients) client.stopping = true;
    await Promise.all(clients.filter((client) => client.open).map((client) => client.work(server.instance)));
    await check(server.instance, clients, true);
    const events = clients.reduce((sum, client) => sum + client.made, 0);
    context.diagnostic(`${events} events; ${unanswered} times one was under way when the server was killed`);
    assert.ok(unanswered > KILLS / 2 && events > KILLS, `${events} events, ${unanswered} times under way`);
  } finally {
    await server.instance?.stop().catch(() => {});
    await rm(kept, { recursive: true, force: true });
  }
});
