import { KeyedChildren, byId, element, setAttribute, setNotice, setText } from './dom.js';
import { age, count, duration, rate } from './format.js';

/** As long a figure stays once it was not 0: what comes and goes does not make the others jump. */
const lingering = 10_000;

/** The totals of the daemon, large; what is 0 on a good day shares one line as long as it is. */
export class Figures {
  #rows = new KeyedChildren(byId('figures'), {
    create: ({ label }) => element('div', { class: 'figure' }, element('dt', {}, label), element('dd')),
    update: (row, { text, level = 'well' }) => {
      setText(row.children[1], text);
      setAttribute(row, 'data-level', level);
    },
  });

  /** When a figure was last not 0, by its label. */
  #lastSeen = new Map();

  /** `waitingMs`: how long those that wait for leave to identify will take, null where none does. */
  update(status, { received, delivered, oldestAgeMs, waitingMs, now }) {
    const { events } = status;
    const always = [
      { label: 'Shards connected', text: `${count(status.connected)} / ${count(status.shards)}` },
      { label: 'Events received', text: rate(received) },
      { label: 'Delivered', text: rate(delivered) },
    ];
    if (waitingMs !== null) {
      always.splice(1, 0, { label: 'All identified', text: `in about ${duration(waitingMs)}` });
    }
    const onlyThen = [
      { label: 'Queued', value: status.queued },
      { label: 'In flight', value: status.inFlight },
      { label: 'On disk', value: status.spooled },
      { label: 'Oldest event', value: oldestAgeMs, text: age(oldestAgeMs) },
      { label: 'Retried', value: events.retried },
      { label: 'Refused', value: events.refused, level: 'busy' },
      { label: 'Dropped', value: events.dropped, level: 'busy' },
      { label: 'Gaps', value: status.gaps, level: 'busy' },
    ].map((row) => ({ text: count(row.value), ...row, level: row.value > 0 ? row.level : 'well' }));
    for (const { label, value } of onlyThen) if (value > 0) this.#lastSeen.set(label, now);
    const isShown = ({ label }) => now - (this.#lastSeen.get(label) ?? -Infinity) < lingering;
    this.#rows.set([...always, ...onlyThen.filter(isShown)].map((row) => [row.label, row]));
    const nothing = onlyThen.filter((row) => !isShown(row)).map(({ label }) => label.toLowerCase());
    setNotice(byId('nothing-of'), nothing.length > 0 ? `Nothing: ${nothing.join(', ')}.` : '');
  }
}
