// What a page of ours was shown stays for a time without a connection: the page, its code, and the last facts. Everything is
// asked of the network first. Signing out takes it all away (the server's `Clear-Site-Data`).
const KEPT = "tributary";
const FEED = "/api/feed";
const STATEMENTS = "/api/statements";
const kept = () => caches.open(KEPT);
const isKept = (path) => path === FEED || /^\/(portal|console)\/$|^\/(ui|style)\/|^\/(boot\.js|favicon\.svg)$/.test(path);

// Figures that could not be renewed say so: 0 is no connection, else the status.
function last(answer, status) {
  const headers = new Headers(answer.headers);
  headers.set("tributary-stale", status);
  return new Response(answer.body, { headers });
}

async function answer(event, path) {
  const fresh = await fetch(event.request).catch(() => null);
  if (fresh?.ok) {
    // Where the store is full there is less to show without a connection.
    event.waitUntil(keep(path, fresh.clone()).catch(console.warn));
    return fresh;
  }
  const isFacts = path.startsWith("/api/");
  // What nobody may read any more is not kept either.
  if (isFacts && [401, 403].includes(fresh?.status)) await forget();
  if (fresh && (!isFacts || fresh.status < 500)) return fresh;
  const known = await (await kept()).match(path, { ignoreVary: true });
  return known ? last(known, fresh?.status ?? 0) : (fresh ?? Response.error());
}

async function forget() {
  const store = await kept();
  for (const request of await store.keys()) if (new URL(request.url).pathname.startsWith("/api/")) await store.delete(request);
}

const keep = async (path, answer) => (await kept()).put(path, answer);

addEventListener("fetch", (event) => {
  const { origin, pathname, search } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin) return;
  // A statement is one of a month and a reader.
  const reader = event.request.headers.get("tributary-reader");
  if (pathname === STATEMENTS && reader) event.respondWith(answer(event, `${pathname}${search}&reader=${reader}`));
  else if (isKept(pathname)) event.respondWith(answer(event, pathname));
});

// What a page loaded before this was there, and the parts of releases that are gone.
addEventListener("message", (event) => event.waitUntil(tidy(event.data)));
async function tidy(urls) {
  const store = await kept();
  const paths = urls.map((url) => new URL(url, location)).filter((url) => url.origin === location.origin).map((url) => url.pathname);
  const folder = (path) => path.match(/^\/ui\/parts\/[^/]+\//)?.[0];
  const page = (folder) => folder?.split("-")[0];
  const present = paths.map(folder).filter(Boolean);
  for (const { url } of await store.keys()) {
    const old = folder(new URL(url).pathname);
    if (old && !present.includes(old) && present.map(page).includes(page(old))) await store.delete(url);
  }
  for (const path of new Set(paths.filter(isKept))) if (!(await store.match(path, { ignoreVary: true }))) await store.add(path);
}

addEventListener("activate", (event) => event.waitUntil(clients.claim()));
