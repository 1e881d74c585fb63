import { expect, figure, open, test } from "../support/browser.mjs";

/** A time in the month so many months ago. */
const month = (ago, day) => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - ago, day)).toISOString();
};

test("a second visit takes months that are over from the browser's cache, and a damaged one is replaced by the whole feed", async ({ page, instance }) => {
  const ada = await instance.partner("Ada Analytics");
  for (const ago of [4, 3]) {
    const touch = (_, i) => ({ id: `t${ago}-${i}`, type: "touch", kind: "click", at: month(ago, 1 + (i % 20)), link: "ada-analytics", customer: `c${i % 20}` });
    const sale = (_, i) => ({ id: `r${ago}-${i}`, type: "revenue", kind: "new", at: month(ago, 22), customer: `c${i}`, amount: 1000, currency: "USD" });
    for (const facts of [Array.from({ length: 495 }, touch), Array.from({ length: 20 }, sale)]) {
      const { status, body } = await instance.facts(facts);
      expect([status, body.recorded]).toEqual([200, facts.length]);
    }
  }
  const network = await page.context().newCDPSession(page);
  await network.send("Network.enable");
  let answers = [];
  network.on("Network.responseReceived", ({ response }) => {
    const { pathname } = new URL(response.url);
    if (pathname.startsWith("/api/feed")) answers.push(`${pathname.includes("/segments/") ? "segment" : response.mimeType.split(".").at(-1)}${response.fromDiskCache ? " from cache" : ""}`);
  });
  await open(page, instance, ada);
  const value = await figure(page, "revenue_sourced").getAttribute("data-value");
  expect(Number(value)).toBeGreaterThan(0);
  expect(answers.sort()).toEqual(["feed-parts", "segment", "segment"]);

  const again = page.waitForResponse((response) => response.url().endsWith("/api/feed"));
  await page.reload();
  await again;
  await expect(figure(page, "revenue_sourced")).toHaveAttribute("data-value", value);
  expect(answers.sort()).toEqual(["feed-parts", "feed-parts", "segment", "segment", "segment from cache", "segment from cache"]);

  const bucket = await instance.mf.getR2Bucket("SEGMENTS");
  const [{ key }] = (await bucket.list()).objects;
  const bytes = new Uint8Array(await (await bucket.get(key)).arrayBuffer());
  bytes[bytes.length - 1] ^= 1;
  await bucket.put(key, bytes.buffer);
  await network.send("Network.clearBrowserCache");
  answers = [];
  await page.reload();
  await expect(figure(page, "revenue_sourced")).toHaveAttribute("data-value", value);
  expect(answers).toContain("feed");
});
