/** Numbers of GET /shards. */
export const states = {
  connected: 0,
  connecting: 1,
  disconnected: 2,
  unidentified: 3,
  identifying: 4,
  resuming: 5,
  offline: 6,
};

const idle = {
  phase: 'idle',
  from: 0,
  to: 0,
  connected: 0,
  loaded: 0,
  guilds: 0,
  waitingFor: '',
  runningForMs: 0,
  remainingMs: null,
  lastResult: '',
};

const memoryLimit = 64 * 1024 * 1024;

/** What the admin port tells of a daemon in which all is well, until a test changes it. */
export class World {
  uptimeMs = 3_600_000;
  ready = true;
  missing = [];
  gate = { identifiesLeft: 990, identifiesTotal: 1000, maxConcurrency: 1, waiting: 0, resetsInMs: null };
  events = { received: 1000, filtered: 0, delivered: 1000, retried: 0, refused: 0, dropped: 0 };
  reshard = { ...idle };
  /** What GET /verdict says is wrong, each in short and in full. */
  wrong = [];
  counters = { events: [], reconnects: [] };
  /** Points of GET /history, five seconds apart. */
  points = [];
  /** By method and path: `{status, error}`. */
  refusals = {};
  shards;
  workers;
  queue;
  #lines = [];
  #startingWith = 1;

  constructor({ shards, shardsPerWorker = 16, handlers = ['http://127.0.0.1:9000/'] }) {
    this.shards = Array.from({ length: shards }, (_, id) =>
      this.#shard(id, { workerId: Math.floor(id / shardsPerWorker), totalShards: shards }),
    );
    const ids = [...new Set(this.shards.map(({ workerId }) => workerId))];
    this.workers = ids.map((id) => this.#worker(id));
    this.queue = {
      workers: ids.map((id) => this.#queueOf(id, handlers)),
      spool: {
        bytes: 0,
        limitBytes: 16 * memoryLimit,
        events: 0,
        working: true,
        writeFailures: 0,
        lostEvents: 0,
      },
      deadLetters: { onDisk: 0, bytes: 0, limitBytes: 268435456, written: 0, lost: 0 },
    };
  }

  /** Events come in and are delivered. */
  flow(count) {
    this.uptimeMs += 1000;
    this.events.received += count;
    this.events.delivered += count;
    for (const worker of this.workers) {
      worker.received += Math.round(count / this.workers.length);
      worker.delivered += Math.round(count / this.workers.length);
    }
  }

  setState(id, state, rtt = -1) {
    Object.assign(this.shards[id], { state: states[state], stateName: state, rtt });
  }

  say(level, text, fields = {}) {
    const number = this.#startingWith + this.#lines.length;
    this.#lines.push({ number, unixMs: 1_770_000_000_000 + number * 1000, level, text, fields });
  }

  status() {
    const isConnected = ({ state }) => state === states.connected;
    return {
      version: '0.1.0',
      uptimeMs: this.uptimeMs,
      revision: 1,
      ready: this.ready,
      missing: this.missing,
      totalShards: this.shards.length,
      shards: this.shards.length,
      connected: this.shards.filter(isConnected).length,
      gate: this.gate,
      reshard: this.reshard,
      events: this.events,
      gaps: this.shards.reduce((sum, { gaps }) => sum + gaps, 0),
      queued: this.workers.reduce((sum, { queued }) => sum + queued, 0),
      inFlight: this.workers.reduce((sum, { inFlight }) => sum + inFlight, 0),
      spooled: 0,
      deadLetters: this.queue.deadLetters,
    };
  }

  /** As the daemon words it. */
  verdict() {
    const reasons = [...this.wrong.map(({ text }) => text), ...this.missing];
    const { connected, shards, reshard } = this.status();
    if (this.wrong.length > 0) {
      const shorts = this.wrong.map(({ short }) => short).join(', ');
      return { level: 'bad', headline: `Attention: ${shorts}`, reasons };
    }
    if (reshard.phase !== 'idle') {
      return { level: 'busy', headline: `Resharding ${reshard.from} → ${reshard.to}`, reasons };
    }
    if (!this.ready) return { level: 'busy', headline: `${connected} of ${shards} shards connected`, reasons };
    return { level: 'well', headline: `All ${shards} shards connected`, reasons };
  }

  config() {
    return { revision: 1, file: '/etc/gatehouse/gatehouse.toml', values: { gateway: { spawn_shard_delay_ms: 5300 } } };
  }

  history(minutes) {
    return { points: this.points.slice(-minutes * 12) };
  }

  /** A quarter of an hour behind us, with its latencies. */
  remember(count, change = () => ({})) {
    for (let i = 0; i < count; ++i) {
      const unixMs = 1_770_000_000_000 + i * 5000;
      const usual = { received: 500, delivered: 500, p50Ms: 2, p95Ms: 8, p99Ms: 20, queued: 0 };
      this.points.push({ unixMs, ...usual, cpu: 0.25, memoryBytes: 64 << 20, ...change(i) });
    }
  }

  /** Lines from that number on. */
  log(after) {
    return {
      next: this.#startingWith + this.#lines.length,
      lines: this.#lines.filter(({ number }) => number >= after).slice(-600),
    };
  }

  startReshard({ totalShards, dryRun = false }) {
    const to = totalShards || this.shards.length * 2;
    const plan = { from: this.shards.length, to, identifiesNeeded: to, identifiesLeft: 990 };
    if (dryRun) return { json: { result: 'planned', ...plan, durationMs: 45_000 } };
    Object.assign(this.reshard, { phase: 'identifying', from: this.shards.length, to });
    this.reshard.remainingMs = 40_000;
    return { status: 202, json: { result: 'started', ...plan, durationMs: 45_000 } };
  }

  rollBack() {
    this.reshard = { ...idle, lastResult: 'rolled back by hand' };
    return { status: 202, json: { result: 'rolling back' } };
  }

  /** The shards of the new set, listed behind the serving ones. */
  addSecondSet(total) {
    for (let id = 0; id < total; ++id) {
      this.shards.push(this.#shard(id, { workerId: 0, totalShards: total, generation: 1 }));
    }
  }

  #shard(id, { workerId, totalShards, generation = 0 }) {
    return {
      workerId,
      shardId: id,
      rtt: 30 + (id % 7) * 5,
      state: states.connected,
      stateName: 'connected',
      generation,
      totalShards,
      sessionId: `session-${id}`,
      seq: 812,
      safeSeq: 810,
      guilds: 120,
      dispatches: 9000,
      staleDispatches: 0,
      connections: 1,
      gaps: 0,
      outgoing: 0,
    };
  }

  #worker(id) {
    const shards = this.shards.filter(({ workerId }) => workerId === id).length;
    return {
      workerId: id,
      shards,
      connected: shards,
      queued: 0,
      inFlight: 2,
      bytes: 0,
      limitBytes: memoryLimit,
      spooled: 0,
      congested: false,
      oldestAgeMs: 0,
      received: 0,
      filtered: 0,
      delivered: 0,
      dropped: 0,
    };
  }

  #queueOf(workerId, handlers) {
    const handler = {
      state: 'up',
      sinceMs: 1,
      lastError: '',
      nextProbeMs: 0,
      queued: 0,
      inFlight: 1,
      bytes: 0,
      oldestAgeMs: 0,
      connections: 1,
      delivered: 0,
      retried: 0,
      refused: 0,
    };
    return {
      workerId,
      bytes: 0,
      limitBytes: memoryLimit,
      spooled: 0,
      congested: false,
      handlers: handlers.map((url) => ({ url, ...handler })),
      dropped: [],
    };
  }
}
