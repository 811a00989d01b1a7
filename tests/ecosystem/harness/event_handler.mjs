import assert from 'node:assert/strict';

import { Subject } from './subject.mjs';
import { until } from './until.mjs';

/** A bot process that serves events over HTTP and reports every typed callback that fired. */
export class EventHandler extends Subject {
  #start;
  #port = 0;
  #launches = 0;
  #questions = 0;
  #eventIds = new Set();

  static async start(test, file, options) {
    const handler = new EventHandler();
    handler.on('report', ({ kind, id }) => {
      if (kind === 'event') handler.#eventIds.add(id);
    });
    handler.#start = () => handler.#listen(test, file, options);
    await handler.#start();
    return handler;
  }

  get url() {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** Every request's event, in the order of arrival: `{shard, t, s, d, id, attempt, deferred}`. */
  get events() {
    return this.ofKind('event');
  }

  eventsOfType(type) {
    return this.events.filter(({ t }) => t === type);
  }

  /** How many different events arrived. */
  get distinctEvents() {
    return this.#eventIds.size;
  }

  /** Every time this typed callback fired: `{name, facts}`. */
  callbacksNamed(name) {
    return this.ofKind('callback').filter((callback) => callback.name === name);
  }

  /** Has the bot do something of its own accord; resolves with what came of it. */
  async ask(action, parameters = {}) {
    const question = ++this.#questions;
    this.send({ question, action, parameters });
    const answer = await until(
      [this],
      () => this.ofKind('answer').find((report) => report.question === question),
      `the bot's ${action}`,
    );
    assert.equal(answer.error, undefined);
    return answer.result;
  }

  /** Starts a stopped bot again, on the same port. */
  restart() {
    return this.#start();
  }

  async #listen(test, file, options) {
    this.launch(test, file, { ...options, port: this.#port });
    const launch = this.#launches++;
    const { port } = await until(
      [this],
      () => this.ofKind('listening')[launch],
      'the bot to listen',
    );
    this.#port = port;
  }
}
