import { ask } from './api.js';
import { KeyedChildren, byId, element, setHidden, setText } from './dom.js';
import { count, plural, roundTrip } from './format.js';
import { keyOf, stateOf } from './states.js';

const facts = [
  ['State', (shard) => stateOf(shard).name],
  ['Round trip', (shard) => roundTrip(shard.rtt)],
  ['Worker', (shard) => String(shard.workerId)],
  ['Guilds', (shard) => count(shard.guilds)],
  ['Of shards in total', (shard) => count(shard.totalShards)],
  ['Generation', (shard) => String(shard.generation)],
  ['Session', (shard) => shard.sessionId || 'none'],
  ['Sequence number', (shard) => count(shard.seq)],
  ['Delivered up to', (shard) => count(shard.safeSeq)],
  ['Events received', (shard) => count(shard.dispatches)],
  ['Events of lost sessions', (shard) => count(shard.staleDispatches)],
  ['Connections so far', (shard) => count(shard.connections)],
  ['Gaps', (shard) => count(shard.gaps)],
  ['Commands waiting', (shard) => count(shard.outgoing)],
];

/** What the pointer or the focus is on, beside it. */
export class ShardTip {
  #tip = byId('tip');

  show(shard, cell) {
    setHidden(this.#tip, !shard);
    if (!shard) return;
    setText(
      this.#tip,
      `Shard ${shard.shardId}: ${stateOf(shard).name}, round trip ${roundTrip(shard.rtt)}\n` +
        `Worker ${shard.workerId}, ${plural(shard.guilds, 'guild')}, ` +
        `${plural(shard.dispatches, 'event')}`,
    );
    const { left, bottom, top } = cell.getBoundingClientRect();
    const { width, height } = this.#tip.getBoundingClientRect();
    const below = bottom + 6 + height < innerHeight;
    this.#tip.style.left = `${Math.max(4, Math.min(left, innerWidth - width - 4))}px`;
    this.#tip.style.top = `${below ? bottom + 6 : Math.max(4, top - height - 6)}px`;
  }

  hide() {
    setHidden(this.#tip, true);
  }
}

/** Everything about one shard, live, and a way to make it connect anew. */
export class ShardDialog {
  #dialog = byId('shard');
  #facts;
  #shard = null;

  constructor() {
    this.#facts = new KeyedChildren(byId('shard-facts'), {
      create: ([label]) => element('div', {}, element('dt', {}, label), element('dd')),
      update: (node, [, text]) => setText(node.lastElementChild, text),
    });
    byId('shard-close').addEventListener('click', () => this.#dialog.close());
    byId('shard-reconnect').addEventListener('click', () => this.#reconnect());
    this.#dialog.addEventListener('click', ({ target }) => {
      if (target === this.#dialog) this.#dialog.close(); // its backdrop
    });
    this.#dialog.addEventListener('close', () => {
      this.#shard = null;
    });
  }

  open(shard) {
    setText(byId('shard-result'), '');
    this.#show(shard);
    this.#dialog.showModal();
  }

  /** `find(key)` knows the shards as they are now. */
  update(find) {
    if (!this.#shard) return;
    const shard = find(keyOf(this.#shard));
    if (shard) this.#show(shard);
    else setText(byId('shard-result'), 'This shard is not held any more.');
  }

  #show(shard) {
    this.#shard = shard;
    setText(byId('shard-title'), `Shard ${shard.shardId}`);
    this.#facts.set(facts.map(([label, text]) => [label, [label, text(shard)]]));
  }

  async #reconnect() {
    const { shardId } = this.#shard;
    try {
      await ask(`shards/${shardId}/reconnect`, { method: 'POST', body: { mode: 'resume' } });
      setText(byId('shard-result'), 'Reconnecting.');
    } catch (error) {
      setText(byId('shard-result'), `Not done: ${error.message}`);
    }
  }
}
