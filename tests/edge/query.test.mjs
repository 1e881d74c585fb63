// What stands in an address is refused as a body is: in the API's shape, with the parameter and the rule.

import assert from "node:assert/strict";
import { test } from "../support/test.mjs";

const NUMBER = "must be a whole number, 0 or more";
/** Every list, and what else it takes that may be given once. */
const LISTS = {
  "/partners": "search", "/commissions": "partnerId", "/partners/links": null, "/links": "search", "/links/count": "search", "/tags": "search",
  "/folders": "search", "/groups": "search", "/discount-codes": null, "/deals": "state", "/deal-help": null, "/pages": null, "/imports": "state",
  "/customers": "email", "/suspicions": "state", "/members": null, "/outbox": "state", "/audit": "kind",
};

async function refused(t, at, status, message) {
  const response = await t.fetch(`/api${at}`, { headers: { authorization: `Bearer ${t.apiKey}` } });
  const text = await response.text();
  assert.equal(response.status, status, `${at}: ${text}`);
  assert.match(response.headers.get("content-type"), /^application\/json/, at);
  const { error } = JSON.parse(text);
  assert.equal(error.message, message, at);
  assert.equal(error.code, status === 400 ? "bad_request" : "unprocessable_entity", at);
  assert.match(error.doc_url, /^https:/, at);
}

test("what every list says of parameters that cannot be", async (t) => {
  const paged = Object.keys(LISTS).filter((at) => at !== "/partners/links");
  for (const at of paged) {
    const sizes = at === "/audit" ? ["pageSize"] : ["page", "pageSize"];
    for (const name of sizes) {
      await refused(t, `${at}?${name}=x`, 422, `${name}: ${NUMBER}`);
      await refused(t, `${at}?other=1&${name}=-1`, 422, `${name}: ${NUMBER}`);
      await refused(t, `${at}?${name}=99999999999`, 422, `${name}: is too large a number`);
      await refused(t, `${at}?${name}=1&${name}=2`, 422, `${name}: must be given once`);
      await refused(t, `${at}?${name}=%F0`, 400, `${name}: must be percent-encoded UTF-8`);
    }
  }
  for (const [at, name] of Object.entries(LISTS).filter(([, name]) => name)) {
    await refused(t, `${at}?${name}=a&${name}=b`, 422, `${name}: must be given once`);
    await refused(t, `${at}?${name}=100%`, 400, `${name}: must be percent-encoded UTF-8`);
  }
});

test("and the routes that answer one thing", async (t) => {
  await refused(t, "/export?kind=sales&kind=leads", 422, "kind: must be given once");
  await refused(t, "/statements?month=2026-10&month=2026-11", 422, "month: must be given once");
  await refused(t, "/customers?includeExpandedFields=perhaps", 422, "includeExpandedFields: must be true or false");
  await refused(t, "/links?showArchived=1", 422, "showArchived: must be true or false");
  await refused(t, "/qr?url=https://a.example/&hideLogo=perhaps", 422, "hideLogo: must be true or false");
  for (const at of ["/deals/%F0%9F", "/customers/%F0", "/imports/%ff", "/webhooks/%ff/deliveries", "/suspicions/%ff", "/pages/%ff"]) {
    await refused(t, at, 400, "id: must be percent-encoded UTF-8");
  }
  const page = await t.fetch("/sign-in?token=%F0", { headers: { "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" } });
  assert.deepEqual([page.status, page.headers.get("content-type").split(";")[0]], [400, "text/html"]);
});
