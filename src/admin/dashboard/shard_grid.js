import { KeyedChildren, element, setAttribute } from './dom.js';
import { roundTrip } from './format.js';
import { keyOf, paceOf, stateOf } from './states.js';

/** From how many shards on cells get smaller. */
const manyShards = 64;
const veryManyShards = 512;

const rowsPerPage = 10;

function densityFor(shards) {
  if (shards > veryManyShards) return 'dense';
  return shards > manyShards ? 'normal' : 'roomy';
}

/** The text of a cell is CSS's doing, from these attributes: a cell is one element without children. */
function updateCell(cell, { shard, isLongAway }) {
  const { name } = stateOf(shard);
  const rtt = roundTrip(shard.rtt);
  setAttribute(cell, 'data-state', name);
  setAttribute(cell, 'data-pace', paceOf(shard));
  setAttribute(cell, 'data-wrong', isLongAway);
  setAttribute(cell, 'data-note', name === 'connected' ? (shard.rtt < 0 ? '' : rtt) : name);
  setAttribute(cell, 'aria-label', `Shard ${shard.shardId}, ${name}, round trip ${rtt}`);
}

/**
 * A list box of shards, laid out as a grid. One cell at a time can be reached with Tab (roving
 * tabindex); arrows, Home, End and Page keys move on from there, Enter and click open.
 */
export class ShardGrid {
  #root;
  #shards = [];
  #shownByKey = new Map();
  #cells;
  #current = null;

  /** `opened(shard, cell)` for Enter and click; `pointedAt(shard, cell)` for focus and hover, both null after. */
  constructor(root, { opened, pointedAt }) {
    this.#root = root;
    this.#cells = new KeyedChildren(root, {
      create: ({ shard }) =>
        element('div', {
          role: 'option',
          class: 'cell',
          tabindex: -1,
          'aria-selected': false,
          'data-key': keyOf(shard),
          'data-id': shard.shardId,
        }),
      update: updateCell,
    });
    root.addEventListener('click', ({ target }) => this.#with(target, opened));
    root.addEventListener('keydown', (event) => this.#key(event, opened));
    for (const type of ['pointerover', 'focusin']) {
      root.addEventListener(type, ({ target }) => this.#with(target, pointedAt));
    }
    for (const type of ['pointerleave', 'focusout']) {
      root.addEventListener(type, () => pointedAt(null, null));
    }
    root.addEventListener('focusin', ({ target }) => this.#makeCurrent(target));
  }

  /** `long`: the keys of those that are away for too long. */
  update(shards, long) {
    this.#shards = shards;
    this.#shownByKey = new Map(shards.map((shard) => [keyOf(shard), shard]));
    this.#cells.set(
      shards.map((shard) => [keyOf(shard), { shard, isLongAway: long.has(keyOf(shard)) }]),
    );
    setAttribute(this.#root, 'data-density', densityFor(shards.length));
    if (!this.#current?.isConnected) this.#makeCurrent(this.#root.firstElementChild);
  }

  /** The shard of that key as it is now. */
  find(key) {
    return this.#shownByKey.get(key);
  }

  /** False where there is no such shard. */
  focusShard(id) {
    return this.#focusFirst(this.#shards.findIndex(({ shardId }) => shardId === id));
  }

  /** The next shard in this state, behind the current one and around. */
  focusNextInState(state) {
    const from = this.#index(this.#current) + 1;
    const order = [...this.#shards.keys()].map((index) => (index + from) % this.#shards.length);
    return this.#focusFirst(order.find((index) => this.#shards[index].state === state) ?? -1);
  }

  #focusFirst(index) {
    if (index < 0) return false;
    this.#root.children[index].focus();
    return true;
  }

  #with(target, act) {
    const cell = target.closest('.cell');
    if (cell) act(this.find(cell.dataset.key), cell);
  }

  #index(cell) {
    return this.#shards.findIndex((shard) => keyOf(shard) === cell?.dataset.key);
  }

  #makeCurrent(cell) {
    if (!cell || cell === this.#current) return;
    this.#current?.setAttribute('tabindex', -1);
    this.#current = cell;
    cell.setAttribute('tabindex', 0);
  }

  #key(event, opened) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.#with(event.target, opened);
      return;
    }
    const index = this.#index(event.target);
    const wanted = this.#moveFrom(index, event.key);
    if (wanted === undefined || index < 0) return;
    event.preventDefault();
    this.#root.children[Math.max(0, Math.min(wanted, this.#shards.length - 1))].focus();
  }

  #moveFrom(index, key) {
    const columns = getComputedStyle(this.#root).gridTemplateColumns.split(' ').length;
    switch (key) {
      case 'ArrowLeft':
        return index - 1;
      case 'ArrowRight':
        return index + 1;
      case 'ArrowUp':
        return index < columns ? index : index - columns;
      case 'ArrowDown':
        return index + columns < this.#shards.length ? index + columns : index;
      case 'PageUp':
        return index - rowsPerPage * columns;
      case 'PageDown':
        return index + rowsPerPage * columns;
      case 'Home':
        return 0;
      case 'End':
        return this.#shards.length - 1;
      default:
        return undefined;
    }
  }
}
