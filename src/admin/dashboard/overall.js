import { count, plural } from './format.js';

/** Identifies left of Discord's daily number from which on they are scarce. */
const scarceShare = 0.1;

function shardReasons(missing) {
  if (missing.length === 0) return [];
  const named = missing.slice(0, 8).map(({ shardId }) => shardId);
  const more = missing.length > named.length ? ', …' : '';
  const shards = plural(missing.length, 'shard');
  return [
    { short: `${shards} away`, text: `${shards} not connected for a minute: ${named.join(', ')}${more}` },
  ];
}

function handlerReasons(handlers) {
  return handlers
    .filter(({ state }) => state !== 'up')
    .map(({ url, workers, workersInState, lastError }) => {
      const where = workersInState < workers ? ` for ${workersInState} of ${workers} workers` : '';
      const why = lastError ? `: ${lastError}` : '';
      return { short: 'handler down', text: `handler ${url} does not take events${where}${why}` };
    });
}

function budgetReasons({ identifiesLeft, identifiesTotal }) {
  if (identifiesLeft === null || identifiesLeft > identifiesTotal * scarceShare) return [];
  const left = `${count(identifiesLeft)} of ${count(identifiesTotal)}`;
  return [{ short: 'identifies scarce', text: `only ${left} identifies are left` }];
}

function workerReasons(workers, droppedPerSecond) {
  const congested = workers.filter((worker) => worker.congested).map(({ workerId }) => workerId);
  const reasons = [];
  if (congested.length > 0) {
    reasons.push({ short: 'queue full', text: `queue full at worker ${congested.join(', ')}` });
  }
  if (droppedPerSecond > 0) {
    reasons.push({ short: 'events dropped', text: 'events are being dropped' });
  }
  return reasons;
}

function diskReasons(spool) {
  if (!spool || spool.working) return [];
  return [{ short: 'disk fails', text: 'the disk takes no events: they are in memory only' }];
}

function letterReasons(deadLetters) {
  if (!deadLetters || deadLetters.onDisk === 0) return [];
  const letters = plural(deadLetters.onDisk, 'event');
  const text = `${letters} refused by a handler: gatehouse dead-letters list`;
  return [{ short: 'dead letters', text }];
}

function busyHeadline({ connected, shards, reshard }) {
  if (reshard.phase !== 'idle') return `Resharding ${reshard.from} → ${reshard.to}`;
  if (shards === 0) return 'Starting';
  return `${count(connected)} of ${count(shards)} shards connected`;
}

/**
 * How things stand, in one word (`level`: well, busy, bad), one line, and why. `missing` are the
 * shards that have been away for too long.
 */
export function judge({ status, missing, workers, handlers, spool, deadLetters, droppedPerSecond }) {
  const found = [
    ...shardReasons(missing),
    ...handlerReasons(handlers),
    ...workerReasons(workers, droppedPerSecond),
    ...diskReasons(spool),
    ...letterReasons(deadLetters),
    ...budgetReasons(status.gate),
  ];
  const reasons = [...found.map(({ text }) => text), ...status.missing];
  if (found.length > 0) {
    const shorts = new Set(found.map(({ short }) => short));
    return { level: 'bad', headline: `Attention: ${[...shorts].join(', ')}`, reasons };
  }
  if (!status.ready || status.reshard.phase !== 'idle') {
    return { level: 'busy', headline: busyHeadline(status), reasons };
  }
  return { level: 'well', headline: `All ${plural(status.shards, 'shard')} connected`, reasons };
}
