// The processes that an instance brings along.

import { readdir, readFile } from "node:fs/promises";

/** The processes of this one that are there now. */
async function children() {
  const tasks = await readdir("/proc/self/task");
  const lists = await Promise.all(tasks.map((task) => readFile(`/proc/self/task/${task}/children`, "utf8")));
  return new Set(lists.flatMap((list) => list.trim().split(/\s+/)).filter(Boolean));
}

/** Starts something, and answers it with the workerd that it brought. */
export async function served(make) {
  const before = await children();
  const made = await make();
  for (const pid of await children()) {
    const name = await readFile(`/proc/${pid}/comm`, "utf8");
    if (!before.has(pid) && name.trim() === "workerd") return { made, pid };
  }
  throw new Error("no workerd was started");
}
