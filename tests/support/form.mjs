// A landing page's form, as a test fills it in.

import { createHmac, randomBytes } from "node:crypto";
import { millis } from "./token.mjs";

const unescape = (text) => text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code)).replaceAll("&amp;", "&");

/** Value of a field of the form as the page shows it, escaped. */
export function field(html, name) {
  const tag = html.match(new RegExp(`<(?:input|textarea)[^>]*name="${name}"[^>]*>`))?.[0] ?? "";
  return tag.match(/value="([^"]*)"/)?.[1] ?? "";
}

/** What names a showing of the form, signed as crates/wire/src/token.rs describes it; a minute ago unless told. */
export function formId(keys, at = Date.now() - 60_000) {
  const [id, secret] = keys.split(",")[0].slice(1).split(":");
  const body = Buffer.concat([Buffer.from([1, Number(id), 0]), millis(at), randomBytes(10)]);
  const tag = createHmac("sha256", Buffer.from(secret, "hex")).update("tributary form ").update(body).digest().subarray(0, 16);
  return Buffer.concat([body, tag]).toString("base64url");
}

/** Opens a landing page; `hidden` is what its form carries, shown long enough ago for a person to have filled it in. */
export async function open(t, path, { headers = {} } = {}) {
  const response = await t.fetch(path, { headers });
  const html = await response.text();
  const carried = ["trb_id", "coupon"].map((name) => [name, unescape(field(html, name))]).filter(([, value]) => value);
  return { response, html, hidden: { ...Object.fromEntries(carried), form_id: formId(t.keys) } };
}

/** Sends a form. */
export const send = (t, path, form, headers = {}) =>
  t.fetch(path, { method: "POST", body: new URLSearchParams(form), headers: { origin: t.url, ...headers } });
