import { Absences } from './absences.js';
import { byId, setHidden, setText } from './dom.js';
import { ShardDialog, ShardTip } from './shard_details.js';
import { ShardGrid } from './shard_grid.js';
import { ShardLegend } from './shard_legend.js';

/** The shards: the serving set and, while resharding, the other one. */
export class ShardView {
  #absences = new Absences();
  #tip = new ShardTip();
  #dialog = new ShardDialog();
  #serving = this.#createGrid('serving');
  #other = this.#createGrid('next-shards');
  #legend = new ShardLegend(byId('legend'), (state) => {
    if (!this.#serving.focusNextInState(state)) this.#other.focusNextInState(state);
  });

  constructor() {
    byId('find').addEventListener('submit', (event) => {
      event.preventDefault();
      const field = byId('find-id');
      const isFound = field.value !== '' && this.#serving.focusShard(Number(field.value));
      field.setCustomValidity(isFound ? '' : 'There is no such shard.');
      field.reportValidity();
    });
    byId('find-id').addEventListener('input', ({ target }) => target.setCustomValidity(''));
    document.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') this.#tip.hide();
    });
    document.addEventListener('scroll', () => this.#tip.hide(), { capture: true, passive: true });
  }

  /** As GET /shards has them; returns the serving ones. `now` in milliseconds of a monotonic clock. */
  update(shards, now) {
    const long = this.#absences.update(shards, now);
    const generation = shards[0]?.generation;
    const byNumber = (a, b) => a.shardId - b.shardId;
    const serving = shards.filter((shard) => shard.generation === generation).sort(byNumber);
    const other = shards.filter((shard) => shard.generation !== generation).sort(byNumber);
    this.#legend.update(shards);
    this.#serving.update(serving, long);
    this.#other.update(other, long);
    setHidden(byId('next'), other.length === 0);
    if (other.length > 0) {
      const isNew = other[0].generation > generation;
      setText(byId('next-title'), isNew ? 'New set, not serving yet' : 'Old set, closing');
    }
    this.#dialog.update((key) => this.#serving.find(key) ?? this.#other.find(key));
    return serving;
  }

  #createGrid(id) {
    return new ShardGrid(byId(id), {
      opened: (shard) => {
        this.#tip.hide();
        this.#dialog.open(shard);
      },
      pointedAt: (shard, cell) => this.#tip.show(shard, cell),
    });
  }
}
