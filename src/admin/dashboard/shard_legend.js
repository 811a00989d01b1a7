import { KeyedChildren, element, setAttribute, setText } from './dom.js';
import { count } from './format.js';
import { countStates, shardStates, slowerFrom } from './states.js';

function describe(number, shards) {
  const { name } = shardStates[number];
  return { number, name, shards };
}

function createEntry({ number, name }, chosen) {
  const entry = element(
    'button',
    { type: 'button', class: 'legend-entry', title: `Go to the next shard that is ${name}` },
    element('span', { class: 'swatch', 'data-state': name, 'aria-hidden': true }),
    element('span'),
  );
  entry.addEventListener('click', () => chosen(number));
  return entry;
}

function paceEntry(pace, text) {
  return element(
    'span',
    { class: 'legend-pace' },
    element('span', {
      class: 'swatch',
      'data-state': 'connected',
      'data-pace': pace,
      'aria-hidden': true,
    }),
    text,
  );
}

/** What the cells mean, how many there are of each, and a way to the next one. */
export class ShardLegend {
  #entries;

  constructor(root, chosen) {
    const states = element('div', { class: 'legend-states' });
    this.#entries = new KeyedChildren(states, {
      create: (entry) => createEntry(entry, chosen),
      update: (node, { name, shards }) => {
        setText(node.lastElementChild, `${name} ${count(shards)}`);
        setAttribute(node, 'aria-label', `${name}: ${count(shards)}, go to the next`);
      },
    });
    const slower = slowerFrom.map((limit, index) => paceEntry(index + 1, `≥ ${limit} ms`));
    const pace = element('span', { class: 'legend-pace' }, 'Round trip');
    root.append(states, element('div', { class: 'legend-states' }, pace, ...slower));
  }

  /** Connected is always there, the other states while there is a shard in them. */
  update(shards) {
    const counts = countStates(shards);
    const shown = [...shardStates.keys()].filter((number) => number === 0 || counts.has(number));
    this.#entries.set(
      shown.map((number) => [number, describe(number, counts.get(number) ?? 0)]),
    );
  }
}
