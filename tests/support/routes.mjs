// The route table, as crates/edge/src/router.rs says it.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { root } from "./instance.mjs";

/** Every route of the table with its methods. */
export async function routeTable() {
  const source = await readFile(path.join(root, "crates/edge/src/router.rs"), "utf8");
  const paths = { "path::SIGN_IN": "/sign-in", "path::SIGN_OUT": "/sign-out", "path::APPLY": "/portal/apply" };
  const [api, site] = source.split("Router::new()").slice(1);
  const read = (text, prefix) =>
    [...text.matchAll(/\.route\(([^,]+), ([^\n]+)\)\n/g)].flatMap(([, name, methods]) =>
      [...methods.matchAll(/\b(get|post|put|patch|delete)\(/g)].map(([, method]) => ({
        method: method.toUpperCase(),
        path: prefix + (paths[name] ?? JSON.parse(name)),
      })),
    );
  return [...read(api, "/api"), ...read(site, "")];
}
