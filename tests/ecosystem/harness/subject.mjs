import { EventEmitter } from 'node:events';

import { Child } from './child.mjs';

/** A library's process as a test sees it: its reports by kind, kept when it is launched again. */
export class Subject extends EventEmitter {
  #child = null;
  #reports = new Map();

  get running() {
    return this.#child.running;
  }

  ofKind(kind) {
    return this.#reports.get(kind) ?? [];
  }

  /** What the process could not cope with. */
  get failures() {
    return this.ofKind('failure').map(({ text }) => text);
  }

  describe() {
    const counts = [...this.#reports].map(([kind, list]) => `${list.length} ${kind}`).join(', ');
    return `reports: ${counts}; failures: ${this.failures.join('\n')}\n${this.#child.describe()}`;
  }

  send(message) {
    this.#child.send(message);
  }

  stop() {
    return this.#child.stop();
  }

  launch(test, file, options, environment = {}) {
    this.#child = Child.node(file, options, { environment });
    this.#child.on('report', (report) => {
      const list = this.#reports.get(report.kind);
      if (list) list.push(report);
      else this.#reports.set(report.kind, [report]);
      this.emit('report', report);
    });
    this.#child.on('change', () => this.emit('change'));
    const child = this.#child;
    test.after(() => child.stop());
  }
}
