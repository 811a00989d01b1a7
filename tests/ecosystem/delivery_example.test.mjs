import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { Child } from './harness/child.mjs';
import { Daemon, reservePort } from './harness/daemon.mjs';
import { Relay } from './harness/relay.mjs';
import { Simulator, allIntents, token } from './harness/simulator.mjs';
import { until } from './harness/until.mjs';

const documents = new URL('../../docs/', import.meta.url).pathname;
const example = join(documents, 'examples/discordeno-handler.mjs');
const authorization = 'handler secret';

/** What the example says; anything else is trouble. */
const listening = 'listening\n';

const shards = 1;
const guilds = 4;
const flood = 1000;

/** In milliseconds. Far beyond Discord's: how fast a busy machine runs the handler is no matter. */
const interactionDeadline = 120_000;

const isEvent = ({ status }) => status === 204;
const isEdit = ({ method }) => method === 'PATCH';

/** The first answers to interactions, from either side: `{token, type, isGatehouse}`. */
function callbacksOf(rest) {
  return rest.requests
    .filter(({ path }) => path.includes('/callback'))
    .map(({ path, headers, body }) => ({
      token: path.match(/\/interactions\/\d+\/([^/]+)\/callback/)[1],
      type: JSON.parse(body).type,
      isGatehouse: headers['user-agent'].includes('gatehouse'),
    }));
}

/** A simulated Discord, the daemon, and the example, with a relay on each of the example's sides. */
class Setup {
  static async start(test, { times } = {}) {
    const setup = new Setup();
    setup.simulator = await Simulator.start(test, {
      shards,
      guilds,
      events: flood,
      interactionDeadline,
    });
    setup.rest = await Relay.start(test, new URL(setup.simulator.restUrl).origin, {
      answer: (request) => (isEdit(request) ? { status: 200, body: '{"id":"1"}' } : undefined),
    });
    setup.port = await reservePort();
    setup.events = await Relay.start(test, `http://127.0.0.1:${setup.port}`, { times });
    setup.folder = await mkdtemp(join(tmpdir(), 'gatehouse-example-'));
    test.after(() => rm(setup.folder, { recursive: true, force: true }));
    setup.test = test;
    return setup;
  }

  get restUrl() {
    return `${this.rest.url}/api`;
  }

  async startDaemon({ defer = true } = {}) {
    this.daemon = await Daemon.start(this.test, {
      discord: { token, intents: allIntents },
      rest: { url: this.restUrl },
      gateway: { spawn_shard_delay_ms: 20 },
      handlers: { urls: [`${this.events.url}/events`], authorization, envelope: 'payload' },
      events: { edited_message_ttl_ms: 0 },
      interactions: { defer },
      admin: { listen: '' },
    });
  }

  /** The file as it is, next to the packages of these tests. */
  async startHandler() {
    const packages = new URL('node_modules', import.meta.url).pathname;
    await symlink(packages, join(this.folder, 'node_modules'));
    const file = join(this.folder, 'handler.mjs');
    await copyFile(example, file);
    this.handler = new Child(process.execPath, [file], {
      environment: {
        DISCORD_TOKEN: token,
        HANDLER_AUTHORIZATION: authorization,
        REST_URL: this.restUrl,
        PORT: String(this.port),
      },
    });
    this.test.after(() => this.handler.stop());
  }

  until(condition, what) {
    const sources = [this.rest, this.events, this.daemon, this.simulator];
    return until(this.handler ? [...sources, this.handler] : sources, condition, what);
  }

  /** The tokens of the interactions that the handler has got with this mark, or without one. */
  interactions(mark) {
    return this.events.requests
      .filter(isEvent)
      .filter(({ headers }) => headers['x-gatehouse-deferred'] === mark)
      .map(({ body }) => JSON.parse(body).payload)
      .filter(({ t }) => t === 'INTERACTION_CREATE')
      .map(({ d }) => d.token);
  }

  /** Everything has arrived but for what the daemon has answered for good. */
  async untilDelivered() {
    await this.until(() => {
      const final = callbacksOf(this.rest).filter(
        ({ isGatehouse, type }) => isGatehouse && (type === 4 || type === 8),
      );
      const expected = shards + guilds + flood - final.length;
      return this.events.requests.filter(isEvent).length >= expected;
    }, 'every event to arrive');
  }

  async close() {
    await this.handler.stop();
    await this.daemon.close();
    const { violations } = await this.simulator.finish();
    assert.deepEqual(violations, []);
    assert.equal(this.handler.output, listening);
  }
}

describe('the handler in docs/delivery.md', () => {
  it('is the file that is tested', async () => {
    const document = await readFile(join(documents, 'delivery.md'), 'utf8');
    const code = await readFile(example, 'utf8');
    assert.ok(document.includes(`\`\`\`js\n${code}\`\`\`\n`), 'docs/delivery.md quotes it verbatim');
  });

  it('edits the answer to each interaction that was deferred while it was down', async (test) => {
    const setup = await Setup.start(test);
    await setup.startDaemon();
    await setup.until(
      () => callbacksOf(setup.rest).some(({ type }) => type === 5),
      'an interaction to be deferred',
    );
    await setup.startHandler();
    await setup.untilDelivered();
    const marked = [...setup.interactions('5'), ...setup.interactions('6')].sort();
    assert.notEqual(marked.length, 0);
    const edited = () =>
      setup.rest.requests
        .filter(isEdit)
        .map(({ path }) => path.match(/\/webhooks\/\d+\/([^/]+)\/messages\/@original/)[1])
        .sort();
    await setup.until(() => edited().length >= marked.length, 'an edit of each deferred answer');
    assert.deepEqual(edited(), marked);
    await setup.close();
  });

  it('handles an event that is repeated once', async (test) => {
    const setup = await Setup.start(test, { times: () => 2 });
    await setup.startHandler();
    await until([setup.handler], () => setup.handler.output === listening, 'the handler to listen');
    await setup.startDaemon({ defer: false });
    await setup.untilDelivered();
    const interactions = setup.interactions().sort();
    assert.notEqual(interactions.length, 0);
    const answered = () =>
      callbacksOf(setup.rest)
        .map(({ token }) => token)
        .sort();
    await setup.until(
      () => answered().length >= interactions.length,
      'an answer to every interaction',
    );
    await setup.close();
    assert.deepEqual(answered(), interactions);
  });
});
