// What crosses between WebAssembly and the runtime, in few crossings: each of them costs more than what it brings. Values of
// headers hold no line breaks, so a line each carries them.

/** Method and address of a request; of one that may be a visit also the values of the headers with these names, a line each:
 * an empty one for a header that is not there. */
export function head({ method, url, headers }, names) {
  let lines = `${method} ${url}`;
  if (method === "GET" || method === "HEAD") for (const name of names) lines += `\n${headers.get(name) ?? ""}`;
  return lines;
}

/** The names and values of all headers, a line each. */
export function pairs(request) {
  return [...request.headers].flat().join("\n");
}

/** An answer; `lines` are names and values of its headers. The runtime takes an object for half the price of a list, but an
 * object has a name once, and an answer may set several cookies. */
export function respond(status, lines, body) {
  const texts = lines.split("\n");
  const headers = {};
  for (let i = 0; i + 1 < texts.length; i += 2) {
    if (texts[i] in headers) return new Response(body, { status, headers: list(texts) });
    headers[texts[i]] = texts[i + 1];
  }
  return new Response(body, { status, headers });
}

function list(texts) {
  const headers = [];
  for (let i = 0; i + 1 < texts.length; i += 2) headers.push([texts[i], texts[i + 1]]);
  return headers;
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
