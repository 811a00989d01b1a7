/** Handlers as an operator thinks of them: one per URL, over all workers. */

const worstFirst = ['down', 'probing', 'up'];

function rankOf(state) {
  const rank = worstFirst.indexOf(state);
  return rank < 0 ? 0 : rank;
}

const total = (parts, key) => parts.reduce((sum, part) => sum + (part[key] ?? 0), 0);
const most = (parts, key) => parts.reduce((max, part) => Math.max(max, part[key] ?? 0), 0);

function joinHandler(url, parts) {
  const worst = parts.reduce((a, b) => (rankOf(b.state) < rankOf(a.state) ? b : a));
  return {
    url,
    state: worst.state,
    workers: parts.length,
    workersInState: parts.filter(({ state }) => state === worst.state).length,
    lastError: worst.lastError || parts.find(({ lastError }) => lastError)?.lastError || '',
    sinceMs: worst.sinceMs,
    queued: total(parts, 'queued'),
    inFlight: total(parts, 'inFlight'),
    bytes: total(parts, 'bytes'),
    oldestAgeMs: most(parts, 'oldestAgeMs'),
    delivered: total(parts, 'delivered'),
    retried: total(parts, 'retried'),
    refused: total(parts, 'refused'),
  };
}

/** From the workers of GET /queue. */
export function joinHandlers(workers) {
  const byUrl = new Map();
  for (const worker of workers) {
    for (const handler of worker.handlers ?? []) {
      const parts = byUrl.get(handler.url);
      if (parts) parts.push(handler);
      else byUrl.set(handler.url, [handler]);
    }
  }
  return [...byUrl].map(([url, parts]) => joinHandler(url, parts));
}

/** Dropped events by name and reason over all workers, most first. */
export function joinDropped(workers) {
  const sums = new Map();
  for (const worker of workers) {
    for (const { event, reason, count } of worker.dropped ?? []) {
      const key = `${event} ${reason}`;
      const sum = sums.get(key) ?? { event, reason, count: 0 };
      sum.count += count;
      sums.set(key, sum);
    }
  }
  return [...sums.values()].sort((a, b) => b.count - a.count);
}
