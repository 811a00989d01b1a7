import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { GatewayClient } from './gateway_client.mjs';
import { Simulator } from './simulator.mjs';
import { until } from './until.mjs';

const shards = 3;
const guilds = 9;
const flood = 600;
/** READY of each shard, GUILD_CREATE of each guild, and the flood. */
const dispatches = shards + guilds + flood;

/** Short, yet long enough to leave discordeno sends between its heartbeats: 120 - 2 * 60 s / it. */
const heartbeatInterval = 1250;

async function untilArrived(client, simulator, count) {
  await until(
    [client, simulator],
    () => client.dispatches.length >= count,
    `${count} dispatches to arrive`,
  );
}

/** Closes both ends; every dispatch arrived once and in order, with one identify per shard. */
async function closeAndCompare(client, simulator) {
  await client.close();
  const statistics = await simulator.finish();
  assert.deepEqual(statistics.violations, []);
  assert.equal(statistics.identifies, shards);
  const identified = client
    .ofType('READY')
    .map(({ identity }) => identity.join(' of '))
    .sort();
  assert.deepEqual(identified, ['0 of 3', '1 of 3', '2 of 3']);

  client.assertSequences();
  assert.equal(client.dispatches.length, statistics.events);
  assert.equal(client.assertGuildOrder(), guilds);
  assert.equal(client.ofType('GUILD_CREATE').length, guilds);
  return statistics;
}

async function identifiesAndReceives(test, { release, tls }) {
  const heartbeats = release.heartbeats ? { heartbeatInterval } : {};
  const simulator = await Simulator.start(test, {
    shards,
    guilds,
    tls,
    events: flood,
    ...heartbeats,
  });
  const client = new GatewayClient(test, simulator, release);

  await untilArrived(client, simulator, dispatches);
  const beats = release.heartbeats ? 2 : 0;
  await until(
    [client, simulator],
    () => beats === 0 || client.shardsAcknowledged(beats) === shards,
    'acknowledged heartbeats of each shard',
  );
  const statistics = await closeAndCompare(client, simulator);
  assert.equal(statistics.resumes, 0);
  assert.ok(statistics.heartbeats >= beats * shards);
}

async function resumesWhenAskedToReconnect(test, { release }) {
  const faults = ['reconnect:at-event=100'];
  const simulator = await Simulator.start(test, { shards, guilds, events: flood, faults });
  const client = new GatewayClient(test, simulator, release);

  await untilArrived(client, simulator, dispatches + shards);
  assert.equal(client.ofType('RESUMED').length, shards);
  const statistics = await closeAndCompare(client, simulator);
  assert.equal(statistics.resumes, shards);
  assert.equal(statistics.resumes_refused, 0);
}

/**
 * The same demands on every client library. A release is `{library, subject, compression,
 * heartbeats}`: which package, in which process file, with which transport compression, and
 * whether it heartbeats with it.
 */
export function describeGatewayClient(name, releases) {
  describe(name, { concurrency: 2 }, () => {
    for (const release of releases) {
      const title = `${release.library}, ${release.compression ?? 'no compression'}`;
      for (const tls of [false, true]) {
        it(`identifies and receives everything in order: ${title}, ${tls ? 'wss' : 'ws'}`, (test) =>
          identifiesAndReceives(test, { release, tls }));
      }
      it(`resumes when asked to reconnect, nothing missing: ${title}`, (test) =>
        resumesWhenAskedToReconnect(test, { release }));
    }
  });
}
