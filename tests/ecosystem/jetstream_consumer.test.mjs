import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { Child } from './harness/child.mjs';
import { Daemon } from './harness/daemon.mjs';
import { NatsServer, natsServerBinary } from './harness/nats_server.mjs';
import { Simulator, allIntents, token } from './harness/simulator.mjs';
import { until } from './harness/until.mjs';

const documents = new URL('../../docs/', import.meta.url).pathname;
const example = join(documents, 'examples/jetstream-consumer.mjs');

const shards = 2;
const guilds = 4;
const flood = 1000;

/** The file as it is, next to the packages of these tests. What it prints goes to `lines`. */
async function startConsumer(test, server, lines) {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-consumer-'));
  await symlink(new URL('node_modules', import.meta.url).pathname, join(folder, 'node_modules'));
  const file = join(folder, 'consumer.mjs');
  await copyFile(example, file);
  const consumer = new Child(process.execPath, [file], { environment: { NATS_URL: server.url } });
  consumer.on('line', (line) => lines.push(line));
  test.after(async () => {
    await consumer.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return consumer;
}

/** Of a line: `{shard, session, seq}`. */
function parse(line) {
  const [shard, , id] = line.split(' ');
  const [session, seq] = id.split(':');
  return { shard: Number(shard), session, seq: Number(seq) };
}

describe('the consumer in docs/delivery.md', () => {
  it('is the file that is tested', async () => {
    const document = await readFile(join(documents, 'delivery.md'), 'utf8');
    const code = await readFile(example, 'utf8');
    assert.ok(document.includes(`\`\`\`js\n${code}\`\`\`\n`), 'docs/delivery.md quotes it verbatim');
  });

  const skip = natsServerBinary ? false : 'no nats-server here';
  it('reads every event, over its own restart', { skip }, async (test) => {
    const server = await NatsServer.start(test);
    const simulator = await Simulator.start(test, { shards, guilds, events: flood });
    const daemon = await Daemon.start(test, {
      discord: { token, intents: allIntents },
      rest: { url: simulator.restUrl },
      gateway: { spawn_shard_delay_ms: 20 },
      handlers: { urls: ['jetstream:discord.events'] },
      events: { edited_message_ttl_ms: 0 },
      interactions: { defer: false },
      nats: { servers: [server.url], replicas: 1 },
      admin: { listen: '' },
    });
    await until([daemon], () => daemon.output.includes('stream discord_events is there'), 'it');

    const total = shards + guilds + flood;
    const lines = [];
    const first = await startConsumer(test, server, lines);
    await until([first, daemon], () => lines.length >= total / 2, 'half of the events');
    await first.stop();
    const second = await startConsumer(test, server, lines);
    const ids = () => new Set(lines.map((line) => line.split(' ')[2]));
    await until([second, daemon], () => ids().size >= total, 'every event');

    const newest = new Map();
    for (const { shard, session, seq } of [...new Set(lines)].map(parse)) {
      assert.ok(shard < shards);
      newest.set(session, [...(newest.get(session) ?? []), seq]);
    }
    assert.equal(newest.size, shards);
    for (const seqs of newest.values()) assert.equal(Math.max(...seqs), seqs.length, 'no hole');
    await daemon.close();
    const { violations } = await simulator.finish();
    assert.deepEqual(violations, []);
  });
});
