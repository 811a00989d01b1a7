/** The modules that compute, without a browser. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Absences } from '../../src/admin/dashboard/absences.js';
import { bytes, duration, rate, roundTrip } from '../../src/admin/dashboard/format.js';
import { joinDropped, joinHandlers } from '../../src/admin/dashboard/handlers.js';
import { Rates } from '../../src/admin/dashboard/rates.js';
import { paceOf } from '../../src/admin/dashboard/states.js';
import { World } from './harness/world.mjs';

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

describe('paceOf', () => {
  it('has a level for each limit, and none for the unknown', () => {
    const paces = [-1, 0, 99, 100, 249, 250, 499, 500, 9000].map((rtt) => paceOf({ rtt }));
    assert.deepEqual(paces, [0, 0, 0, 1, 1, 2, 2, 3, 3]);
  });
});

describe('Absences', () => {
  it('calls away what has had no connection for a minute, whatever it tried meanwhile', () => {
    const world = new World({ shards: 4 });
    const absences = new Absences();
    world.setState(1, 'disconnected');
    world.setState(2, 'unidentified');
    assert.deepEqual([...absences.update(world.shards, 0)], []);
    world.setState(1, 'connecting');
    assert.deepEqual([...absences.update(world.shards, 59_999)], []);
    assert.deepEqual([...absences.update(world.shards, 60_000)], ['0:1']);
    world.setState(1, 'connected');
    assert.deepEqual([...absences.update(world.shards, 61_000)], []);
    world.setState(1, 'resuming');
    assert.deepEqual([...absences.update(world.shards, 62_000)], []);
  });
});
