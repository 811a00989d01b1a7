import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';

const folder = process.env.GATEHOUSE_DASHBOARD;
const dashboard = await readFile(join(folder, 'dashboard.html'));
const policy = await readFile(join(folder, 'policy.txt'), 'utf8');

class Refusal extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

/**
 * An admin port with a world of a test's making behind it (see world.mjs), which the test may change
 * at any time. It keeps what it was asked.
 */
export class FakeAdmin {
  /** In the order of their arrival: `{method, path, query, body}`. */
  requests = [];
  /** Empty: no Authorization is asked for. */
  secret = '';
  world;
  #server = null;
  #port = 0;

  static async start(test, world) {
    const admin = new FakeAdmin();
    admin.world = world;
    await admin.listen();
    test.after(() => admin.goAway());
    return admin;
  }

  get url() {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** Also after `goAway`: on the same port. */
  async listen() {
    this.#server = createServer((incoming, response) => this.#serve(incoming, response));
    await new Promise((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = this.#server.address().port;
  }

  /** As a daemon that is killed: the port refuses connections. */
  async goAway() {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  asked(method, path) {
    return this.requests.filter((request) => request.method === method && request.path === path);
  }

  async #serve(incoming, response) {
    const { pathname: path, searchParams: query } = new URL(incoming.url, this.url);
    const text = Buffer.concat(await incoming.toArray()).toString();
    const body = text === '' ? undefined : JSON.parse(text);
    const { method } = incoming;
    this.requests.push({ method, path, query, body });
    const authorized = this.#isAuthorized(incoming.headers.authorization ?? '');
    if (path === '/') {
      this.#sendPage(response, authorized);
      return;
    }
    try {
      if (!authorized) throw new Refusal(401, 'no or wrong Authorization header');
      const { status = 200, json } = this.#answer(method, path, query, body);
      this.#send(response, status, json);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#send(response, error.status, { error: error.message });
    }
  }

  /** The bytes of the header are compared, which Node takes for Latin-1. */
  #isAuthorized(header) {
    return this.secret === '' || Buffer.from(header, 'latin1').toString() === this.secret;
  }

  #send(response, status, json) {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(json));
  }

  #sendPage(response, authorized) {
    response
      .writeHead(authorized ? 200 : 401, {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': policy,
      })
      .end(dashboard);
  }

  #answer(method, path, query, body) {
    const refusal = this.world.refusals[`${method} ${path}`];
    if (refusal) throw new Refusal(refusal.status, refusal.error);
    switch (`${method} ${path}`) {
      case 'GET /status':
        return { json: this.world.status() };
      case 'GET /verdict':
        return { json: this.world.verdict() };
      case 'GET /history':
        return { json: this.world.history(Number(query.get('minutes'))) };
      case 'GET /counters':
        return { json: this.world.counters };
      case 'GET /config':
        return { json: this.world.config() };
      case 'GET /shards':
        return { json: this.world.shards };
      case 'GET /workers':
        return { json: this.world.workers };
      case 'GET /queue':
        return { json: this.world.queue };
      case 'GET /log':
        return { json: this.world.log(Number(query.get('after'))) };
      case 'POST /reshard':
        return this.world.startReshard(body);
      case 'DELETE /reshard':
        return this.world.rollBack();
      default:
        return this.#answerShard(method, path);
    }
  }

  #answerShard(method, path) {
    const id = /^\/shards\/(\d+)\/reconnect$/.exec(path)?.[1];
    if (method !== 'POST' || id === undefined) throw new Refusal(404, 'no such route');
    return { status: 202, json: { shardId: Number(id) } };
  }
}
