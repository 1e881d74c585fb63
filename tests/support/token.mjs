// Click tokens, written a second time from their description (crates/wire/src/token.rs), so that a mistake in one of the
// two is seen, and so that tests can forge.

import { createHmac } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** The 16 bytes of an identifier such as `pn_01M8…`. */
export function bytesOf(id) {
  let value = 0n;
  for (const c of id.split("_")[1]) value = (value << 5n) | BigInt(ALPHABET.indexOf(c));
  return Buffer.from(value.toString(16).padStart(32, "0"), "hex");
}

/** The identifier with these 16 bytes. */
export function idOf(prefix, bytes) {
  let value = BigInt(`0x${bytes.toString("hex")}`);
  let text = "";
  for (let i = 0; i < 26; i++) {
    text = ALPHABET[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return `${prefix}_${text}`;
}

/** The parts of a token, unchecked. */
export function read(token) {
  const bytes = Buffer.from(token, "base64url");
  return {
    version: bytes[0],
    key: bytes[1],
    consent: (bytes[2] & 1) === 1,
    kind: [undefined, "click", "landing", "coupon", "listing"][(bytes[2] >> 1) & 7],
    at: bytes.readUIntBE(3, 6),
    touch: idOf("clk", bytes.subarray(3, 19)),
    link: idOf("link", bytes.subarray(19, 35)),
    partner: idOf("pn", bytes.subarray(35, 51)),
    body: bytes.subarray(0, 51),
    tag: bytes.subarray(51),
  };
}

/** A widget's token with the same partner and nonce, and another end. */
export function ending(token, at, key) {
  const seconds = Buffer.alloc(4);
  seconds.writeUInt32BE(at);
  return sign(changed(Buffer.from(token, "base64url").subarray(0, 31), 19, seconds), key, "widget");
}

/** When a widget's token ends, in seconds. */
export const endOf = (token) => Buffer.from(token, "base64url").readUInt32BE(19);

/** A token for a body, signed with `k<id>:<hex>`. */
export function sign(body, key, purpose = "click") {
  const secret = Buffer.from(key.split(":")[1], "hex");
  const tag = createHmac("sha256", secret).update(`tributary ${purpose} `).update(body).digest().subarray(0, 16);
  return Buffer.concat([body, tag]).toString("base64url");
}

/** A copy of a token's body with some bytes replaced. */
export function changed(body, offset, bytes) {
  const copy = Buffer.from(body);
  bytes.copy(copy, offset);
  return copy;
}

/** Six bytes of a time in milliseconds. */
export function millis(at) {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(at, 0, 6);
  return bytes;
}
