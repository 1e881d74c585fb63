// What crosses between WebAssembly and the runtime, in few crossings: each of them costs more than what it brings. Values of
// headers hold no line breaks, so a line each carries them.

/** Method and address of a request; of one that may be a visit also the values of the headers with these names, a line each:
 * an empty one for a header that is not there. */
export function head({ method, url, headers }, names) {
  const line = `${method} ${url}`;
  if (method !== "GET" && method !== "HEAD") return line;
  return [line, ...names.split("\n").map((name) => headers.get(name) ?? "")].join("\n");
}

/** The names and values of all headers, a line each. */
export function pairs(request) {
  return [...request.headers].flat().join("\n");
}

/** An answer; `lines` are names and values of its headers. */
export function respond(status, lines, body) {
  const texts = lines.split("\n");
  const headers = [];
  for (let i = 0; i + 1 < texts.length; i += 2) headers.push([texts[i], texts[i + 1]]);
  return new Response(body, { status, headers });
}

/** The text that a namespace of KV keeps under a key. */
export function kept(env, namespace, key) {
  return env[namespace].get(key);
}

/** Gives a queue the value that a text of JSON says: it crosses as one. */
export function send(env, queue, json) {
  return env[queue].send(JSON.parse(json));
}

/** Tells what a promise came to, and promises what comes of that. */
export function after(promise, tell) {
  return promise.then((text) => tell(text), (error) => tell(undefined, error));
}
