// What the engine says natively: xtask, as this run was built with, or built now.

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { root } from "./instance.mjs";

/** Runs a command of xtask; answers what it prints. */
export async function xtask(...args) {
  const own = process.env.TRIBUTARY_XTASK;
  const { stdout } = await promisify(execFile)(own ?? "cargo", own ? args : ["xtask", ...args], { cwd: root, maxBuffer: 1 << 26 });
  return stdout;
}

/** The report that the engine computes from the bytes of a feed; `days` are the first and the last that count; `by` breaks credit down. */
export async function report(bytes, { model = "policy", window, days, by } = {}) {
  const dir = await mkdtemp(path.join(tmpdir(), "tributary-"));
  try {
    const file = path.join(dir, "feed.bin");
    await writeFile(file, bytes);
    const args = ["figures", "--feed", file, "--model", model];
    if (window) args.push("--window", String(window));
    if (by) args.push("--by", by);
    if (days) args.push("--days", days.join(".."));
    return JSON.parse(await xtask(...args));
  } finally {
    await rm(dir, { recursive: true });
  }
}
