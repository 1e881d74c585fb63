// QR codes: read back by a decoder that is not ours.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { Dub } from "dub";
import jsQR from "jsqr";
import { PNG } from "pngjs";
import { test } from "../support/test.mjs";

const LINK = "https://go.example.com/harbor-analytics?utm_source=poster&utm_campaign=spring%20fair";
const query = (params) => `/api/qr?${new URLSearchParams({ url: LINK, ...params })}`;
const read = (bytes) => {
  const { width, height, data } = PNG.sync.read(Buffer.from(bytes));
  return { width, height, data, text: jsQR(new Uint8ClampedArray(data), width, height)?.data };
};

async function get(t, params, headers) {
  const response = await t.fetch(query(params), { headers });
  return { status: response.status, type: response.headers.get("content-type"), headers: response.headers, bytes: await response.arrayBuffer() };
}

test("Dub's client gets a PNG that a decoder reads", async (t) => {
  const png = await get(t, {});
  assert.deepEqual([png.status, png.type], [200, "image/png"]);
  const { width, height, text } = read(png.bytes);
  assert.deepEqual([width, height, text], [600, 600, LINK]);
  const dub = new Dub({ token: t.apiKey, serverURL: `${t.url}/api` });
  assert.match(await dub.qrCodes.get({ url: LINK }), /PNG/);
});

test("sizes, levels, colours and margins are read back", async (t) => {
  const asked = [
    { size: "100" }, { size: "2000", level: "H" }, { level: "M", margin: "0" }, { level: "Q", margin: "16" },
    { fgColor: "#0f766e", bgColor: "#f5f5dc" }, { includeMargin: "false" }, { hideLogo: "true", logo: "https://nowhere.example/x.png" },
  ];
  // All are fetched first: decoding keeps this process from its connections.
  const answers = await Promise.all(asked.map((params) => get(t, params)));
  for (const [i, { status, bytes }] of answers.entries()) {
    const params = asked[i];
    assert.equal(status, 200, JSON.stringify(params));
    assert.equal(read(bytes).text, LINK, JSON.stringify(params));
  }
  const { data } = read(answers[4].bytes);
  assert.deepEqual([...data.subarray(0, 3)], [0xf5, 0xf5, 0xdc]);
});

test("an SVG by format or by Accept draws the same modules", async (t) => {
  const { bytes } = await get(t, { size: "400", margin: "2" });
  const image = read(bytes);
  for (const answer of [await get(t, { format: "svg", size: "400" }), await get(t, { size: "400" }, { accept: "image/svg+xml" })]) {
    assert.deepEqual([answer.status, answer.type], [200, "image/svg+xml"]);
    const svg = Buffer.from(answer.bytes).toString();
    const modules = Number(svg.match(/viewBox="0 0 (\d+) /)[1]);
    const dark = new Set();
    for (const [, x, y, run] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
      for (let i = 0; i < Number(run); i++) dark.add(`${Number(x) + i} ${y}`);
    }
    const scale = Math.floor(400 / modules);
    const offset = Math.floor((400 - scale * modules) / 2);
    for (let y = 0; y < modules; y++) {
      for (let x = 0; x < modules; x++) {
        const at = ((offset + y * scale) * 400 + offset + x * scale) * 4;
        assert.equal(image.data[at] === 0, dark.has(`${x} ${y}`), `${x} ${y}`);
      }
    }
  }
});

/** A logo on a host that the program allows: this machine. */
async function withLogo(body) {
  const logo = new PNG({ width: 64, height: 48 });
  for (let i = 0; i < logo.data.length; i += 4) logo.data.set([200, 30, 60, i % 8 === 0 ? 128 : 255], i);
  const files = {
    "/logo.png": ["image/png", PNG.sync.write(logo)],
    "/logo.svg": ["image/svg+xml", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    "/page.html": ["text/html", Buffer.from("<p>no logo")],
    "/cut.png": ["image/png", PNG.sync.write(logo).subarray(0, 60)],
    "/huge.png": ["image/png", Buffer.alloc(300 * 1024)],
  };
  const server = createServer((request, response) => {
    const [type, bytes] = files[request.url] ?? [];
    if (request.url === "/moved") response.writeHead(302, { location: "/logo.png" }).end();
    else if (bytes) response.setHeader("content-type", type).end(bytes);
    else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await body(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.close();
  }
}

test("a logo stands in the middle, and the code is read all the same", { setup: { allowedHosts: ["127.0.0.1"] } }, async (t) => {
  await withLogo(async (host) => {
    const png = await get(t, { logo: `${host}/logo.png` });
    assert.equal(png.status, 200);
    const { data, text } = read(png.bytes);
    assert.equal(text, LINK);
    assert.deepEqual([...data.subarray((300 * 600 + 301) * 4, (300 * 600 + 301) * 4 + 3)], [200, 30, 60]);
    for (const name of ["logo.png", "logo.svg"]) {
      const svg = await get(t, { logo: `${host}/${name}`, format: "svg" });
      assert.equal(svg.status, 200);
      assert.match(Buffer.from(svg.bytes).toString(), /<image [^>]*href="data:image\/(png|svg\+xml);base64,[A-Za-z0-9+/=]+"\/>/);
    }
    for (const [name, format] of [["logo.svg", "png"], ["page.html", "svg"], ["cut.png", "png"], ["huge.png", "png"], ["moved", "png"], ["nothing", "svg"]]) {
      const answer = await get(t, { logo: `${host}/${name}`, format });
      assert.equal(answer.status, 422, name);
      assert.match(Buffer.from(answer.bytes).toString(), /"logo: /, name);
    }
  });
});

test("what cannot be drawn is refused, field by field", async (t) => {
  for (const [params, field] of [
    [{ url: "" }, "url"], [{ url: "harbor" }, "url"], [{ url: "javascript:alert(1)" }, "url"], [{ url: "https://a.example/ b" }, "url"],
    [{ url: `https://a.example/${"x".repeat(2000)}` }, "url"], [{ size: "0" }, "size"], [{ size: "2001" }, "size"], [{ size: "big" }, "size"],
    [{ size: "50", url: `https://a.example/${"x".repeat(900)}` }, "size"], [{ level: "X" }, "level"], [{ margin: "-1" }, "margin"],
    [{ margin: "17" }, "margin"], [{ fgColor: "red" }, "fgColor"], [{ bgColor: "#fff" }, "bgColor"],
    [{ fgColor: "#eeeeee" }, "fgColor"], [{ bgColor: '#"/><script>' }, "bgColor"], [{ format: "gif" }, "format"],
    [{ logo: "https://evil.example/logo.png" }, "logo"], [{ logo: "data:image/png;base64,AAAA" }, "logo"],
  ]) {
    const { status, bytes } = await get(t, params);
    assert.equal(status, 422, JSON.stringify(params));
    assert.match(JSON.parse(Buffer.from(bytes).toString()).error.message, new RegExp(`^${field}: `), JSON.stringify(params));
  }
  assert.equal((await t.fetch("/api/qr?url=https://a.example/&hideLogo=perhaps")).status, 422);
});

test("a store that fails draws all the same", { migrate: false }, async (t) => {
  const { status, bytes } = await get(t, {});
  assert.deepEqual([status, read(bytes).text], [200, LINK]);
});
