// A feed in parts, as a browser fetches and joins it: see crates/wire/src/feed/parts.rs.

import { createHash } from "node:crypto";

export const PARTS = "application/vnd.tributary.feed-parts";
export const WHOLE = "application/vnd.tributary.feed";

class Reader {
  at = 0;
  constructor(bytes) {
    this.bytes = bytes;
  }
  number() {
    let number = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++];
      number += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return number;
    }
  }
  take(length) {
    if (this.at + length > this.bytes.length) throw new Error("cut short");
    return this.bytes.subarray(this.at, (this.at += length));
  }
  text() {
    return this.take(this.number());
  }
  get done() {
    return this.at === this.bytes.length;
  }
}

/** The names of the segments that a rest wants. */
export function names(rest) {
  const reader = new Reader(rest);
  if (reader.take(4).toString() !== "TRBP") throw new Error("no rest of a feed");
  return Array.from({ length: reader.number() }, () => reader.take(43).toString());
}

/** The whole feed. */
export function join(rest, segments) {
  const reader = new Reader(rest);
  reader.take(4);
  reader.take(reader.number() * 43);
  const whole = [reader.text()];
  const pieces = segments.map((bytes) => new Reader(bytes));
  for (;;) {
    const length = reader.number();
    whole.push(reader.take(Math.floor(length / 2)));
    if (reader.done) break;
    for (const piece of pieces) {
      if (length % 2) whole.push(reader.text());
      whole.push(piece.text());
    }
  }
  if (!pieces.every((piece) => piece.done)) throw new Error("a segment is too long");
  return Buffer.concat(whole);
}

/** What a browser does: asks for parts, fetches the segments that `kept` does not hold, and joins. */
export async function visit(t, { headers, kept = new Map() }) {
  const response = await t.fetch("/api/feed", { headers: { accept: PARTS, ...headers } });
  const rest = Buffer.from(await response.arrayBuffer());
  const type = response.headers.get("content-type");
  const visit = { status: response.status, type, etag: response.headers.get("etag"), rest, fetched: [] };
  if (type !== PARTS) return { ...visit, names: [], whole: rest };
  visit.names = names(rest);
  for (const name of visit.names.filter((name) => !kept.has(name))) {
    const segment = await t.fetch(`/api/feed/segments/${name}`, { headers });
    if (segment.status !== 200) throw new Error(`segment ${name}: ${segment.status}`);
    const bytes = Buffer.from(await segment.arrayBuffer());
    const sum = createHash("sha256").update(bytes).digest("base64url");
    if (sum !== name) throw new Error(`segment ${name} holds ${sum}`);
    kept.set(name, bytes);
    visit.fetched.push(name);
  }
  return { ...visit, whole: join(rest, visit.names.map((name) => kept.get(name))) };
}
