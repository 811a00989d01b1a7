import { DataTable } from './data_table.js';
import { byId, setHidden } from './dom.js';
import { count, rate } from './format.js';

const eventColumns = [
  { label: 'Event', kind: 'name', text: ({ event }) => event },
  { label: 'Rate', text: ({ perSecond }) => rate(perSecond) },
  { label: 'Received', text: ({ received }) => count(received) },
  { label: 'Not forwarded', text: ({ filtered }) => count(filtered) },
];
const reconnectColumns = [
  { label: 'Cause', kind: 'name', text: ({ cause }) => cause },
  { label: 'Count', text: ({ count: times }) => count(times) },
];

/** As many events as one looks at; the rest is in the metrics. */
const shownEvents = 12;

/** Events by type, reconnects by cause: since the start of the daemon, the most first. */
export class Counters {
  #events = new DataTable(byId('event-types'), eventColumns);
  #reconnects = new DataTable(byId('reconnects'), reconnectColumns);

  /** An answer of GET /counters; `rates` are the page's. */
  update({ events, reconnects }, rates, now) {
    const shown = events
      .map((row) => ({ ...row, perSecond: rates.add(`event ${row.event}`, row.received, now) }))
      .sort((a, b) => b.received - a.received)
      .slice(0, shownEvents);
    this.#events.update(shown.map((row) => [row.event, row]));
    const most = [...reconnects].sort((a, b) => b.count - a.count);
    this.#reconnects.update(most.map((row) => [row.cause, row]));
    setHidden(byId('reconnects'), most.length === 0);
    setHidden(byId('no-reconnects'), most.length > 0);
  }
}
