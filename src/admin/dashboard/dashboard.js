/** Puts the page together: asks the daemon every second and passes the answers to its parts. */
import { NoAnswer, ask } from './api.js';
import { showBudget } from './budget.js';
import { HandlerTable, WorkerTable } from './delivery_tables.js';
import { byId, setText } from './dom.js';
import { Figures } from './figures.js';
import { duration } from './format.js';
import { joinHandlers } from './handlers.js';
import { Headline } from './headline.js';
import { LogPanel } from './log_panel.js';
import { judge } from './overall.js';
import { Poller } from './poller.js';
import { Rates } from './rates.js';
import { ReshardPanel } from './reshard_panel.js';
import { ShardView } from './shard_view.js';
import { Absences } from './states.js';
import { offerThemes } from './theme.js';

/** Beyond this many shards, their list is asked for every second time; beyond twice as many, … */
const shardsPerSecond = 1000;

class Dashboard {
  #headline = new Headline();
  #figures = new Figures();
  #shards = new ShardView();
  #handlers = new HandlerTable();
  #workers = new WorkerTable();
  #reshard = new ReshardPanel();
  #log = new LogPanel();
  #rates = new Rates();
  #absences = new Absences();
  /** The last answers, joined with what is computed from them. */
  #known = { shards: [], missing: [], workers: [], handlers: [], spool: null, uptimeMs: 0 };
  #questions = 0;

  run() {
    const poller = new Poller({
      ask: () => this.#ask(),
      answered: (answers) => this.#show(answers),
      failed: (error, pause) => this.#showAway(error, pause),
    });
    byId('ask-now').addEventListener('click', () => poller.askNow());
    poller.askNow();
  }

  /** Resolves with `{value}` or `{refusal}` by route; rejects where the daemon is not there. */
  async #ask() {
    const log = `log?after=${this.#log.next}`;
    const paths = { status: 'status', workers: 'workers', queue: 'queue', log };
    const turns = Math.max(1, Math.ceil(this.#known.shards.length / shardsPerSecond));
    if (this.#questions++ % turns === 0) paths.shards = 'shards';
    const names = Object.keys(paths);
    const results = await Promise.allSettled(names.map((name) => ask(paths[name])));
    const answers = {};
    results.forEach(({ value, reason }, index) => {
      const isNeeded = names[index] === 'status';
      if (reason && (isNeeded || reason instanceof NoAnswer)) throw reason;
      answers[names[index]] = { value, refusal: reason?.message ?? '' };
    });
    return answers;
  }

  #show({ status: { value: status }, shards, workers, queue, log }) {
    const now = performance.now();
    const isRestarted = status.uptimeMs < this.#known.uptimeMs;
    this.#known.uptimeMs = status.uptimeMs;
    if (isRestarted) this.#log.restart();
    else this.#showLog(log);
    if (shards) this.#showShards(shards, status, now);
    this.#showWorkers(workers, now);
    this.#showQueue(queue, now);
    this.#showStatus(status, now);
  }

  #showStatus(status, now) {
    const { events } = status;
    const oldestAgeMs = Math.max(0, ...this.#known.workers.map((worker) => worker.oldestAgeMs));
    this.#figures.update(status, {
      received: this.#rates.add('received', events.received, now),
      delivered: this.#rates.add('delivered', events.delivered, now),
      oldestAgeMs,
    });
    showBudget(status.gate);
    this.#reshard.update(status.reshard);
    const process = [`version ${status.version}`, `up ${duration(status.uptimeMs)}`];
    process.push(`configuration ${status.revision}`);
    setText(byId('process'), process.join(' · '));
    const droppedPerSecond = this.#rates.add('dropped', events.dropped, now);
    this.#headline.show(judge({ ...this.#known, status, droppedPerSecond }), status.reshard.phase);
  }

  #showShards({ value, refusal }, { gate }, now) {
    if (refusal) return;
    this.#known.shards = this.#shards.update(value);
    this.#known.missing = this.#absences.tooLong(this.#known.shards, gate, now);
  }

  #showWorkers({ value, refusal }, now) {
    this.#workers.refuse(refusal);
    if (refusal) return;
    this.#known.workers = value.map((worker) => ({
      ...worker,
      receivedRate: this.#rates.add(`received ${worker.workerId}`, worker.received, now),
      deliveredRate: this.#rates.add(`delivered ${worker.workerId}`, worker.delivered, now),
    }));
    this.#workers.update(this.#known.workers);
  }

  #showQueue({ value, refusal }, now) {
    this.#handlers.refuse(refusal);
    if (refusal) return;
    this.#known.handlers = joinHandlers(value.workers).map((handler) => ({
      ...handler,
      deliveredRate: this.#rates.add(`handler ${handler.url}`, handler.delivered, now),
    }));
    this.#known.spool = value.spool;
    this.#known.deadLetters = value.deadLetters;
    this.#handlers.update(this.#known.handlers, value);
  }

  #showLog({ value, refusal }) {
    this.#log.refuse(refusal);
    if (!refusal) this.#log.append(value);
  }

  #showAway(error, pause) {
    this.#rates.clear();
    const isAway = error instanceof NoAnswer;
    const problem = isAway ? 'The daemon does not answer.' : `The daemon answers: ${error.message}.`;
    this.#headline.showAway(problem, pause);
  }
}

offerThemes(byId('theme'));
new Dashboard().run();
