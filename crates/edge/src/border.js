// What crosses between WebAssembly and the runtime, in few crossings: each of them costs more than what it brings. Values of
// headers hold no line breaks, so a line each carries them.

/** Method and address of a request. */
export function line(request) {
  return `${request.method} ${request.url}`;
}

/** The values of the headers with these names, a line each: an empty one for a header that is not there. */
export function values(request, names) {
  const { headers } = request;
  return names.split("\n").map((name) => headers.get(name) ?? "").join("\n");
}

/** The names and values of all headers, a line each. */
export function pairs(request) {
  return [...request.headers].flat().join("\n");
}

/** An answer; `lines` are names and values of its headers. */
export function answer(status, lines, body) {
  const texts = lines.split("\n");
  const headers = [];
  for (let i = 0; i + 1 < texts.length; i += 2) headers.push([texts[i], texts[i + 1]]);
  return new Response(body, { status, headers });
}
