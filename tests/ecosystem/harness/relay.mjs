import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';

/** These belong to one connection, or are made anew. */
const ownHeaders = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'transfer-encoding',
]);

/**
 * An HTTP server between two processes of a test: keeps what is asked, and asks further. While
 * nobody serves there, it answers 503.
 */
export class Relay extends EventEmitter {
  /** In the order of their answers: `{method, path, headers, body, status}`. */
  requests = [];
  running = true;

  /**
   * `upstream` is the URL whose path comes before the one asked for. `answer(request)` may answer
   * itself, with `{status, body}`; each request is passed on `times(request)` times.
   */
  static async start(test, upstream, { answer = () => undefined, times = () => 1 } = {}) {
    const relay = new Relay();
    const server = createServer(async (incoming, response) => {
      const { method, url: path, headers } = incoming;
      const body = Buffer.concat(await incoming.toArray()).toString();
      const request = { method, path, headers, body };
      let reply = answer(request);
      for (let left = reply ? 0 : times(request); left > 0; left--) {
        reply = await ask(upstream, request);
      }
      request.status = reply.status;
      relay.requests.push(request);
      response.writeHead(reply.status, { 'Content-Type': 'application/json' }).end(reply.body);
      relay.emit('change');
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    relay.url = `http://127.0.0.1:${server.address().port}`;
    test.after(() => {
      server.close();
      server.closeAllConnections();
    });
    return relay;
  }

  describe() {
    return `relay at ${this.url}: ${this.requests.length} requests`;
  }
}

async function ask(upstream, { method, path, headers, body }) {
  const passed = Object.entries(headers).filter(([name]) => !ownHeaders.has(name));
  try {
    const response = await fetch(upstream + path, {
      method,
      headers: passed,
      body: method === 'GET' ? undefined : body,
    });
    return { status: response.status, body: await response.text() };
  } catch {
    return { status: 503, body: '' };
  }
}
