import { byId, element, setHidden, setNotice, setText } from './dom.js';
import { bytes, count, rate, timeOfDay } from './format.js';

const svg = 'http://www.w3.org/2000/svg';
const width = 300;
const height = 60;

/** Nothing was delivered, hence there is none. */
function latency(ms) {
  if (ms === null) return '–';
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${count(ms)} ms`;
}

/** One small plot each: what it shows, how its lines are called, and how a value reads. */
export const plots = [
  {
    title: 'Events',
    lines: [
      { name: 'received', of: ({ received }) => received },
      { name: 'delivered', of: ({ delivered }) => delivered },
    ],
    text: rate,
  },
  {
    title: 'Latency',
    lines: [
      { name: 'p50', of: ({ p50Ms }) => p50Ms },
      { name: 'p95', of: ({ p95Ms }) => p95Ms },
      { name: 'p99', of: ({ p99Ms }) => p99Ms },
    ],
    text: latency,
  },
  { title: 'Undelivered', lines: [{ name: 'events', of: ({ queued }) => queued }], text: count },
  {
    title: 'CPU',
    lines: [{ name: '', of: ({ cpu }) => cpu }],
    text: (cores) => (Number.isFinite(cores) ? `${(cores * 100).toFixed(0)} %` : '–'),
  },
  { title: 'Memory', lines: [{ name: 'resident', of: ({ memoryBytes }) => memoryBytes }], text: bytes },
];

/** The points of an SVG path; where there is no value, the line has a hole. */
export function pathOf(points, of, { from, to, highest }) {
  let path = '';
  let pen = 'M';
  for (const point of points) {
    const value = of(point);
    if (value === null) {
      pen = 'M';
      continue;
    }
    const x = ((point.unixMs - from) / Math.max(to - from, 1)) * width;
    const y = height - 1 - (value / highest) * (height - 2);
    path += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
    if (pen === 'M') path += 'h0'; // a value without neighbours is a dot
    pen = 'L';
  }
  return path;
}

/** What the line looks like, where there is more than one. */
function sampleOf(index, count) {
  return count > 1 ? element('i', { 'data-line': index, 'aria-hidden': true }) : '';
}

function createPlot({ title, lines }) {
  const figure = element('figure');
  const caption = element('figcaption');
  const image = document.createElementNS(svg, 'svg');
  image.setAttribute('viewBox', `0 0 ${width} ${height}`);
  image.setAttribute('preserveAspectRatio', 'none');
  image.setAttribute('aria-hidden', 'true');
  for (let i = 0; i < lines.length; ++i) {
    const path = document.createElementNS(svg, 'path');
    path.dataset.line = i;
    image.append(path);
  }
  const scale = element('p', { class: 'quiet' });
  const now = lines.map(() => element('span'));
  const values = now.map((text, index) =>
    element('span', { class: 'line' }, sampleOf(index, lines.length), text),
  );
  caption.append(element('b', {}, title), ...values);
  figure.append(caption, image, scale);
  return { figure, image, now, scale };
}

/**
 * What led up to now, as the daemon remembers it: so a tab that has just been opened has it, too. It
 * is asked for every five seconds, as often as the daemon adds a point.
 */
export class History {
  #drawn = plots.map(createPlot);
  #span = byId('history-span');
  #nextTurn = 0;

  constructor() {
    byId('plots').append(...this.#drawn.map(({ figure }) => figure));
    this.#span.addEventListener('change', () => (this.#nextTurn = 0));
  }

  /** The path to ask for, or nothing yet. `now` in milliseconds of a monotonic clock. */
  wanted(now) {
    if (now < this.#nextTurn) return null;
    this.#nextTurn = now + 4500;
    return `history?minutes=${this.#span.value}`;
  }

  refuse(text) {
    setNotice(byId('history-error'), text);
  }

  /** An answer of GET /history. */
  update({ points }) {
    setHidden(byId('history-empty'), points.length > 0);
    setHidden(byId('plots'), points.length === 0);
    if (points.length === 0) return;
    const to = points.at(-1).unixMs;
    const from = to - Number(this.#span.value) * 60_000;
    plots.forEach(({ lines, text }, index) => {
      const { image, now, scale } = this.#drawn[index];
      const values = points.flatMap((point) => lines.map(({ of }) => of(point) ?? 0));
      const highest = Math.max(...values, Number.EPSILON);
      lines.forEach(({ of }, line) => {
        image.children[line].setAttribute('d', pathOf(points, of, { from, to, highest }));
      });
      const last = points.at(-1);
      lines.forEach(({ name, of }, line) => setText(now[line], `${name} ${text(of(last))}`.trim()));
      setText(scale, `at most ${text(Math.max(...values))}`);
    });
    setText(byId('history-since'), `since ${timeOfDay(points[0].unixMs)}`);
  }
}
