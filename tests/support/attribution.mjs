// The same vectors natively, in Chromium and on workerd: every number must be equal to the bit.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { root } from "./instance.mjs";
import { xtask } from "./native.mjs";

export const data = path.join(root, "tests/vectors/touches-400");
export const WINDOW = 30;
export const ORDERS = 4;

/** What the engine answers natively: text with the fewest digits that give the same double back. */
export async function native() {
  const dir = await mkdtemp(path.join(tmpdir(), "tributary-"));
  try {
    const credits = path.join(dir, "credits.json");
    const args = ["bench", "attribution", "--as-built", "--data", data, "--window-days", String(WINDOW)];
    args.push("--runs", "1", "--markov4", "--credits", credits);
    await xtask(...args);
    return JSON.parse(await readFile(credits, "utf8"));
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** Every number of an answer by where it stands, with its bits. */
export function bits(answer, at = "") {
  if (typeof answer === "number") {
    const [number] = new BigUint64Array(Float64Array.of(answer).buffer);
    return [`${at} = ${answer} (${number.toString(16).padStart(16, "0")})`];
  }
  return Object.entries(answer).flatMap(([name, value]) => bits(value, `${at}/${name}`));
}

/** How many numbers there are: six heuristics and Shapley, Markov, money, by 50 channels. */
export const COUNT = 7 * 100 + ORDERS * 101 + 6 * 50;
