/** Puts the page together: asks the daemon every second and passes the answers to its parts. */
import { NoAnswer, ask } from './api.js';
import { showBudget, waitingTime } from './budget.js';
import { Counters } from './counters.js';
import { HandlerTable, WorkerTable } from './delivery_tables.js';
import { byId, setText } from './dom.js';
import { Figures } from './figures.js';
import { duration } from './format.js';
import { joinHandlers } from './handlers.js';
import { Headline } from './headline.js';
import { History } from './history.js';
import { Incidents } from './incidents.js';
import { LogPanel } from './log_panel.js';
import { Poller } from './poller.js';
import { Rates } from './rates.js';
import { ReshardPanel } from './reshard_panel.js';
import { ShardView } from './shard_view.js';
import { SignIn } from './sign_in.js';
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
  #incidents = new Incidents();
  #history = new History();
  #counters = new Counters();
  #rates = new Rates();
  /** The last answers, joined with what is computed from them. */
  #known = { shards: [], workers: [], uptimeMs: 0, config: null };
  #questions = 0;
  #signIn = null;

  run() {
    const poller = new Poller({
      ask: () => this.#ask(),
      answered: (answers) => this.#show(answers),
      failed: (error, pause) => this.#showAway(error, pause),
    });
    byId('ask-now').addEventListener('click', () => poller.askNow());
    this.#signIn = new SignIn(() => poller.askNow());
    poller.askNow();
  }

  /**
   * Resolves with `{value}` or `{refusal}` by route; rejects where the daemon is not there. The
   * status is asked for alone, before the others: it tells whether those would be answered.
   */
  async #ask() {
    const answers = { status: { value: await ask('status') } };
    const paths = this.#pathsBeside(answers.status.value);
    const names = Object.keys(paths);
    const results = await Promise.allSettled(names.map((name) => ask(paths[name])));
    results.forEach(({ value, reason }, index) => {
      if (reason && (names[index] === 'verdict' || reason instanceof NoAnswer)) throw reason;
      answers[names[index]] = { value, refusal: reason?.message ?? '' };
    });
    return answers;
  }

  #pathsBeside({ gate, revision }) {
    const log = `log?after=${this.#log.next}`;
    const paths = { verdict: 'verdict', workers: 'workers', queue: 'queue', log };
    const history = this.#history.wanted(performance.now());
    if (history) Object.assign(paths, { history, counters: 'counters' });
    const turns = Math.max(1, Math.ceil(this.#known.shards.length / shardsPerSecond));
    if (this.#questions++ % turns === 0) paths.shards = 'shards';
    if (gate.waiting > 0 && this.#known.config?.revision !== revision) paths.config = 'config';
    return paths;
  }

  #show({ status: { value: status }, verdict, shards, workers, queue, log, history, counters, config }) {
    const now = performance.now();
    this.#signIn.hide();
    const isRestarted = status.uptimeMs < this.#known.uptimeMs;
    this.#known.uptimeMs = status.uptimeMs;
    if (isRestarted) this.#log.restart();
    else this.#showLog(log);
    if (isRestarted) this.#known.config = null;
    if (config && !config.refusal) this.#known.config = config.value;
    if (shards) this.#showShards(shards, now);
    this.#showWorkers(workers, now);
    this.#showQueue(queue, now);
    if (history) this.#showHistory(history, counters, now);
    this.#showStatus(status, now);
    this.#headline.show(verdict.value, status.reshard.phase);
  }

  #showStatus(status, now) {
    const { events } = status;
    const oldestAgeMs = Math.max(0, ...this.#known.workers.map((worker) => worker.oldestAgeMs));
    const spawnDelayMs = this.#known.config?.values.gateway.spawn_shard_delay_ms;
    this.#figures.update(status, {
      received: this.#rates.add('received', events.received, now),
      delivered: this.#rates.add('delivered', events.delivered, now),
      oldestAgeMs,
      waitingMs: waitingTime(status.gate, spawnDelayMs),
      now,
    });
    showBudget(status.gate, spawnDelayMs);
    this.#incidents.showLetters(status.deadLetters);
    this.#reshard.update(status.reshard);
    const process = [`version ${status.version}`, `up ${duration(status.uptimeMs)}`];
    process.push(`configuration ${status.revision}`);
    setText(byId('process'), process.join(' · '));
  }

  #showShards({ value, refusal }, now) {
    if (!refusal) this.#known.shards = this.#shards.update(value, now);
  }

  #showHistory(history, counters, now) {
    this.#history.refuse(history.refusal);
    if (!history.refusal) this.#history.update(history.value);
    if (!counters.refusal) this.#counters.update(counters.value, this.#rates, now);
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
    const handlers = joinHandlers(value.workers).map((handler) => ({
      ...handler,
      deliveredRate: this.#rates.add(`handler ${handler.url}`, handler.delivered, now),
    }));
    this.#handlers.update(handlers, value);
  }

  #showLog({ value, refusal }) {
    this.#log.refuse(refusal);
    if (refusal) return;
    this.#log.append(value);
    this.#incidents.add(value.lines);
  }

  /** Returns whether to go on asking by itself: nobody has the secret yet, or it is no longer right. */
  #showAway(error, pause) {
    this.#rates.clear();
    if (error.status === 401) {
      this.#signIn.show();
      this.#headline.showSignedOut();
      return false;
    }
    const isAway = error instanceof NoAnswer;
    const problem = isAway ? 'The daemon does not answer.' : `The daemon answers: ${error.message}.`;
    this.#headline.showAway(problem, pause);
    return true;
  }
}

offerThemes(byId('theme'));
new Dashboard().run();
