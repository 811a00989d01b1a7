import { count, plural } from './format.js';

/** Identifies left of Discord's daily number from which on they are scarce. */
const scarceShare = 0.1;

function shardReasons(missing) {
  if (missing.length === 0) return [];
  const named = missing.slice(0, 8).map(({ shardId }) => shardId);
  const more = missing.length > named.length ? ', …' : '';
  return [`${plural(missing.length, 'shard')} not connected for a minute: ${named.join(', ')}${more}`];
}

function handlerReasons(handlers) {
  return handlers
    .filter(({ state }) => state !== 'up')
    .map(({ url, workers, workersInState, lastError }) => {
      const where = workersInState < workers ? ` for ${workersInState} of ${workers} workers` : '';
      return `handler ${url} does not take events${where}${lastError ? `: ${lastError}` : ''}`;
    });
}

function budgetReasons({ identifiesLeft, identifiesTotal }) {
  if (identifiesLeft === null || identifiesLeft > identifiesTotal * scarceShare) return [];
  return [`only ${count(identifiesLeft)} of ${count(identifiesTotal)} identifies are left`];
}

function workerReasons(workers, droppedPerSecond) {
  const congested = workers.filter((worker) => worker.congested).map(({ workerId }) => workerId);
  const reasons = [];
  if (congested.length > 0) reasons.push(`queue full at worker ${congested.join(', ')}`);
  if (droppedPerSecond > 0) reasons.push('events are being dropped');
  return reasons;
}

function busyHeadline({ shards, reshard }, connected) {
  if (reshard.phase !== 'idle') return `Resharding ${reshard.from} → ${reshard.to}`;
  return shards > 0 ? connected : 'Starting';
}

/**
 * How things stand, in one word (`level`: well, busy, bad) and one line, and why. `missing` are the
 * shards that have been away for too long.
 */
export function judge({ status, missing, workers, handlers, droppedPerSecond }) {
  const reasons = [
    ...shardReasons(missing),
    ...handlerReasons(handlers),
    ...workerReasons(workers, droppedPerSecond),
    ...budgetReasons(status.gate),
  ];
  const connected = `${count(status.connected)} of ${count(status.shards)} shards connected`;
  if (reasons.length > 0) return { level: 'bad', headline: `Attention: ${connected}`, reasons };
  if (!status.ready || status.reshard.phase !== 'idle') {
    return { level: 'busy', headline: busyHeadline(status, connected), reasons: status.missing };
  }
  return { level: 'well', headline: `All ${plural(status.shards, 'shard')} connected`, reasons: [] };
}
