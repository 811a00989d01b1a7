import assert from 'node:assert/strict';

/** Every dispatch of every session arrived, once or, where `repeats` are allowed, at least once. */
export function assertEverythingDelivered(handler, statistics, { repeats = false } = {}) {
  const bySession = Map.groupBy(handler.events, ({ id }) => id.split(':')[0]);
  assert.equal(bySession.size, statistics.sessions.length);
  for (const { session_id: session, shard, events } of statistics.sessions) {
    const arrived = bySession.get(session);
    assert.ok(
      arrived.every((event) => event.shard === shard[0]),
      `shard of session ${session}`,
    );
    const sequence = arrived.map(({ s }) => s).sort((left, right) => left - right);
    const expected = Array.from({ length: events }, (_, index) => index + 1);
    assert.deepEqual(repeats ? [...new Set(sequence)] : sequence, expected, `session ${session}`);
  }
  assert.deepEqual(handler.eventsOfType('GATEHOUSE_GAP'), []);
}

/** The running numbers of each guild's events rise by one. */
export function assertGuildOrder(handler) {
  const last = new Map();
  for (const { d } of handler.events) {
    if (!d?.sim) continue;
    const [guild, number] = d.sim.split(':');
    assert.equal(Number(number), (last.get(guild) ?? 0) + 1, `event of guild ${guild}`);
    last.set(guild, Number(number));
  }
}
