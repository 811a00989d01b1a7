/** The modules that compute, without a browser. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { bytes, duration, rate, roundTrip } from '../../src/admin/dashboard/format.js';
import { joinDropped, joinHandlers } from '../../src/admin/dashboard/handlers.js';
import { judge } from '../../src/admin/dashboard/overall.js';
import { Rates } from '../../src/admin/dashboard/rates.js';
import { Absences, paceOf } from '../../src/admin/dashboard/states.js';
import { World, states } from './harness/world.mjs';

describe('figures as text', () => {
  it('has the two largest units of a duration', () => {
    const texts = [0, 999, 1500, 59_400, 60_000, 3_661_000, 86_400_000, 187_200_000].map(duration);
    assert.deepEqual(texts, ['0 ms', '999 ms', '1.5 s', '59 s', '1 min', '1 h 1 min', '1 d', '2 d 4 h']);
  });

  it('says that something is not known', () => {
    assert.equal(rate(NaN), '–');
    assert.equal(bytes(undefined), '–');
    assert.equal(roundTrip(-1), 'unknown');
  });

  it('groups digits and chooses units', () => {
    assert.equal(rate(0.25), '0.3/s');
    assert.equal(rate(12_345.6), '12,346/s');
    assert.equal(bytes(1536), '1.5 KiB');
  });
});

describe('Rates', () => {
  it('is unknown at the first total, then the average of the last seconds', () => {
    const rates = new Rates();
    assert.ok(Number.isNaN(rates.add('a', 100, 0)));
    assert.equal(rates.add('a', 150, 1000), 50);
    for (let second = 2; second <= 20; ++second) rates.add('a', 150, second * 1000);
    assert.equal(rates.add('a', 150, 21_000), 0);
  });

  it('begins anew when a total shrinks', () => {
    const rates = new Rates();
    rates.add('a', 1000, 0);
    assert.ok(Number.isNaN(rates.add('a', 5, 1000)));
    assert.equal(rates.add('a', 15, 2000), 10);
  });

  it('keeps counters apart', () => {
    const rates = new Rates();
    rates.add('a', 0, 0);
    rates.add('b', 500, 0);
    assert.equal(rates.add('b', 501, 1000), 1);
  });
});

describe('joinHandlers', () => {
  it('adds up what workers know of a URL and takes the worst state', () => {
    const world = new World({ shards: 32 });
    Object.assign(world.queue.workers[1].handlers[0], {
      state: 'down',
      lastError: 'connection refused',
      queued: 7,
      oldestAgeMs: 5000,
    });
    const [handler] = joinHandlers(world.queue.workers);
    assert.equal(handler.state, 'down');
    assert.equal(handler.workersInState, 1);
    assert.equal(handler.workers, 2);
    assert.equal(handler.lastError, 'connection refused');
    assert.equal(handler.queued, 7);
    assert.equal(handler.inFlight, 2);
    assert.equal(handler.oldestAgeMs, 5000);
  });

  it('adds up dropped events by name and reason', () => {
    const drop = (event, reason, count) => ({ event, reason, count });
    const workers = [
      { dropped: [drop('TYPING_START', 'queue_full', 2), drop('TYPING_START', 'too_old', 1)] },
      { dropped: [drop('TYPING_START', 'queue_full', 3)] },
    ];
    const expected = [drop('TYPING_START', 'queue_full', 5), drop('TYPING_START', 'too_old', 1)];
    assert.deepEqual(joinDropped(workers), expected);
  });
});

describe('Absences', () => {
  const gate = { waiting: 0 };
  const ids = (shards) => shards.map(({ shardId }) => shardId);

  it('names a shard that has been away for a minute', () => {
    const { shards } = new World({ shards: 3 });
    const absences = new Absences();
    shards[1].state = states.resuming;
    assert.deepEqual(ids(absences.tooLong(shards, gate, 0)), []);
    assert.deepEqual(ids(absences.tooLong(shards, gate, 59_999)), []);
    assert.deepEqual(ids(absences.tooLong(shards, gate, 60_000)), [1]);
  });

  it('counts anew after the shard was connected', () => {
    const { shards } = new World({ shards: 1 });
    const absences = new Absences();
    shards[0].state = states.disconnected;
    absences.tooLong(shards, gate, 0);
    shards[0].state = states.connected;
    absences.tooLong(shards, gate, 30_000);
    shards[0].state = states.disconnected;
    absences.tooLong(shards, gate, 31_000);
    assert.deepEqual(ids(absences.tooLong(shards, gate, 61_000)), []);
  });

  it('lets shards wait for their turn as long as others identify', () => {
    const { shards } = new World({ shards: 2 });
    const absences = new Absences();
    shards[0].state = states.unidentified;
    shards[1].state = states.identifying;
    absences.tooLong(shards, { waiting: 1 }, 0);
    assert.deepEqual(ids(absences.tooLong(shards, { waiting: 1 }, 100_000)), [1]);
    assert.deepEqual(ids(absences.tooLong(shards, { waiting: 0 }, 100_001)), [0, 1]);
  });
});

describe('paceOf', () => {
  it('has a level for each limit, and none for the unknown', () => {
    const paces = [-1, 0, 99, 100, 249, 250, 499, 500, 9000].map((rtt) => paceOf({ rtt }));
    assert.deepEqual(paces, [0, 0, 0, 1, 1, 2, 2, 3, 3]);
  });
});

describe('judge', () => {
  const judged = (change = () => {}, more = {}) => {
    const world = new World({ shards: 4 });
    change(world);
    const handlers = joinHandlers(world.queue.workers);
    const { workers, queue } = world;
    const { spool, deadLetters } = queue;
    const known = { status: world.status(), missing: [], workers, handlers, spool, deadLetters };
    return judge({ ...known, droppedPerSecond: 0, ...more });
  };

  it('is well when everything is', () => {
    assert.deepEqual(judged(), { level: 'well', headline: 'All 4 shards connected', reasons: [] });
  });

  it('is busy while shards are on their way, with what the daemon waits for', () => {
    const verdict = judged((world) => {
      world.ready = false;
      world.missing = ['1 of 4 shards not connected: 2'];
      world.setState(2, 'resuming');
    });
    assert.equal(verdict.level, 'busy');
    assert.equal(verdict.headline, '3 of 4 shards connected');
    assert.deepEqual(verdict.reasons, ['1 of 4 shards not connected: 2']);
  });

  it('is busy while resharding', () => {
    const verdict = judged((world) => world.startReshard({ totalShards: 8 }));
    assert.equal(verdict.level, 'busy');
    assert.equal(verdict.headline, 'Resharding 4 → 8');
  });

  const attention = {
    'handler down': [(world) => (world.queue.workers[0].handlers[0].state = 'down')],
    'queue full': [(world) => (world.workers[0].congested = true)],
    'identifies scarce': [(world) => (world.gate.identifiesLeft = 100)],
    'disk fails': [(world) => (world.queue.spool.working = false)],
    'dead letters': [(world) => (world.queue.deadLetters.onDisk = 3)],
    'events dropped': [undefined, { droppedPerSecond: 0.5 }],
    '1 shard away': [undefined, { missing: [{ shardId: 3 }] }],
  };
  for (const [short, [change, more]] of Object.entries(attention)) {
    it(`wants attention: ${short}`, () => {
      const verdict = judged(change, more);
      assert.equal(verdict.level, 'bad');
      assert.equal(verdict.headline, `Attention: ${short}`);
      assert.equal(verdict.reasons.length, 1);
    });
  }

  it('does not judge a budget that it does not know', () => {
    assert.equal(judged((world) => (world.gate.identifiesLeft = null)).level, 'well');
  });
});
