/**
 * The states of a shard by their number in GET /shards. shards.css has the same letters, and a
 * shape and a colour for each.
 */
export const shardStates = [
  { name: 'connected', letter: '' },
  { name: 'connecting', letter: 'C' },
  { name: 'disconnected', letter: 'D' },
  { name: 'unidentified', letter: 'U' },
  { name: 'identifying', letter: 'I' },
  { name: 'resuming', letter: 'R' },
  { name: 'offline', letter: 'O' },
];

const unknownState = { name: 'unknown', letter: '?' };

export function stateOf(shard) {
  return shardStates[shard.state] ?? unknownState;
}

/** Distinguishes the shards of both sets while resharding. */
export function keyOf(shard) {
  return `${shard.generation}:${shard.shardId}`;
}

/** Round trip times from which on a shard counts as one level slower, in milliseconds. */
export const slowerFrom = [100, 250, 500];

/** 0 (fast) to 3; 0 where the round trip time is unknown. */
export function paceOf(shard) {
  return slowerFrom.filter((limit) => shard.rtt >= limit).length;
}

/** How many shards are in each state, by its number. */
export function countStates(shards) {
  const counts = new Map();
  for (const { state } of shards) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}
