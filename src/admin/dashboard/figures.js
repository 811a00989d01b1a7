import { KeyedChildren, byId, element, setAttribute, setText } from './dom.js';
import { age, count, rate } from './format.js';

/** How many rates a curve shows: about a minute of them. */
const curveLength = 60;
const svg = 'http://www.w3.org/2000/svg';

function createCurve() {
  const image = document.createElementNS(svg, 'svg');
  for (const [name, value] of Object.entries({
    class: 'curve',
    viewBox: `0 0 ${curveLength - 1} 20`,
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  })) {
    image.setAttribute(name, value);
  }
  image.append(document.createElementNS(svg, 'polyline'));
  return image;
}

function drawCurve(image, values) {
  const highest = Math.max(...values, 1);
  const first = curveLength - values.length;
  const points = values.map((value, i) => `${first + i},${(19 - (value / highest) * 18).toFixed(1)}`);
  setAttribute(image.firstElementChild, 'points', points.join(' '));
}

/** The totals of the daemon, large. */
export class Figures {
  #rows;
  #history = new Map();

  constructor() {
    this.#rows = new KeyedChildren(byId('figures'), {
      create: ({ label, curve }) => {
        const row = element('div', { class: 'figure' }, element('dt', {}, label), element('dd'));
        if (curve) row.append(createCurve());
        return row;
      },
      update: (row, { text, level = 'well', curve }) => {
        setText(row.children[1], text);
        setAttribute(row, 'data-level', level);
        if (curve) drawCurve(row.lastElementChild, curve);
      },
    });
  }

  update(status, { received, delivered, oldestAgeMs }) {
    const { events } = status;
    const whenAny = (number) => (number > 0 ? 'busy' : 'well');
    const rows = [
      { label: 'Shards connected', text: `${count(status.connected)} / ${count(status.shards)}` },
      { label: 'Events received', text: rate(received), curve: this.#remember('in', received) },
      { label: 'Delivered', text: rate(delivered), curve: this.#remember('out', delivered) },
      { label: 'Queued', text: count(status.queued) },
      { label: 'In flight', text: count(status.inFlight) },
      { label: 'On disk', text: count(status.spooled) },
      { label: 'Oldest event', text: age(oldestAgeMs) },
      { label: 'Retried', text: count(events.retried) },
      { label: 'Refused', text: count(events.refused), level: whenAny(events.refused) },
      { label: 'Dropped', text: count(events.dropped), level: whenAny(events.dropped) },
      { label: 'Gaps', text: count(status.gaps), level: whenAny(status.gaps) },
    ];
    this.#rows.set(rows.map((row) => [row.label, row]));
  }

  #remember(name, value) {
    const values = this.#history.get(name) ?? [];
    values.push(Number.isFinite(value) ? value : 0);
    if (values.length > curveLength) values.shift();
    this.#history.set(name, values);
    return values;
  }
}
