// An endpoint of webhooks on this machine: it keeps what it is sent, and answers as it is told.

import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

/** `answer(request, n)` gives `[status, body, headers]`, or nothing for no answer at all; `n` counts requests from 0. */
export async function receiver(context, answer = () => [200, "ok"]) {
  const got = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const n = got.push({ path: request.url, method: request.method, headers: request.headers, body: Buffer.concat(chunks).toString() }) - 1;
    const [status, body = "", headers = {}] = (await self.answer(got[n], n)) ?? [];
    if (status) response.writeHead(status, headers).end(body);
  });
  // A connection that is closed while it is taken up again is an attempt that fails; none is, however slow the machine.
  server.keepAliveTimeout = 600_000;
  const self = {
    got,
    answer,
    url: "",
    /** What of a kind came, verified with a secret. */
    of: (secret, type) => got.map((one) => new Webhook(secret).verify(one.body, one.headers)).filter((message) => !type || message.type === type),
    /** Waits until so many requests came. */
    async until(n) {
      for (let i = 0; i < 600 && got.length < n; i++) await new Promise((resolve) => setTimeout(resolve, 50));
      if (got.length < n) throw new Error(`${got.length} of ${n} came`);
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  self.url = `http://127.0.0.1:${server.address().port}/hook`;
  context.after(() => self.close());
  return self;
}
