// Requests that nobody would think of, from the description of the API: schemathesis against an instance of its own. No
// answer may be a 5xx. Not part of the tests: `node tests/peers/schemathesis.mjs [seed] [cases a route]`, after a build.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { root, start } from "../support/instance.mjs";

const VERSION = "4.32.5";
const [seed = "1", cases = "50"] = process.argv.slice(2);
const home = path.join(root, ".tributary/schemathesis");
const bin = (name) => path.join(home, "bin", name);

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: "inherit", cwd: home });
  if (status !== 0) process.exitCode = status ?? 1;
  return status === 0;
}

if (!existsSync(bin("schemathesis"))) {
  mkdirSync(home, { recursive: true });
  if (!run("python3", ["-m", "venv", home]) || !run(bin("pip"), ["install", "--quiet", `schemathesis==${VERSION}`])) process.exit();
}
const t = await start({ bindings: { STRIPE_WEBHOOK_SECRET: "whsec_of_nobody" } });
try {
  await t.partner("Ada Analytics", { coupons: ["ADA"] });
  const place = ["run", path.join(root, "www/api/openapi.json"), "--url", `${t.url}/api`, "--header", `Authorization: Bearer ${t.apiKey}`];
  const limits = ["--checks", "not_a_server_error", "--phases", "examples,coverage,fuzzing", "--max-examples", cases, "--seed", seed];
  // This process serves the instance meanwhile, so it must not wait for the child alone.
  const child = spawn(bin("schemathesis"), [...place, ...limits, "--continue-on-failure"], { stdio: "inherit", cwd: home });
  const [status] = await once(child, "exit");
  process.exitCode = status ?? 1;
} finally {
  await t.stop();
}
