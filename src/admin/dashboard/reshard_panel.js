import { ask } from './api.js';
import { byId, setAttribute, setHidden, setProgress, setText } from './dom.js';
import { count, duration, plural } from './format.js';

/** The daemon may ask Discord before it answers. */
const patientRequest = { milliseconds: 60_000 };

const phases = {
  idle: 'Not resharding.',
  identifying: 'The new set identifies.',
  loading: 'The new set loads its guilds.',
  overlapping: 'Both sets receive; the new one catches up.',
  switching: 'Switching to the new set.',
  closing: 'Switched; the old set closes.',
};

function describePlan({ from, to, identifiesNeeded, identifiesLeft, durationMs }) {
  const left = identifiesLeft ?? null;
  return (
    `From ${count(from)} to ${plural(to, 'shard')}: takes ${count(identifiesNeeded)}` +
    (left === null ? ' identifies' : ` of the ${count(left)} identifies left`) +
    `, and about ${duration(durationMs)}. The present shards serve meanwhile.`
  );
}

function describeProgress({ guilds, waitingFor, runningForMs, remainingMs }) {
  const parts = [`${plural(guilds, 'guild')}`, `running for ${duration(runningForMs)}`];
  if (remainingMs !== null) parts.push(`about ${duration(remainingMs)} to go`);
  if (waitingFor) parts.push(`waiting for ${waitingFor}`);
  return `${parts.join(', ')}.`;
}

/** Starts, shows and rolls back a change of the number of shards. */
export class ReshardPanel {
  #plan = null;
  #phase = 'idle';

  constructor() {
    byId('reshard-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#preview();
    });
    byId('reshard-total').addEventListener('input', () => this.#forgetPlan());
    byId('reshard-start').addEventListener('click', () => this.#start());
    byId('reshard-cancel').addEventListener('click', () => {
      this.#forgetPlan();
      byId('reshard-total').focus();
    });
    byId('rollback').addEventListener('click', () => this.#askBeforeRollback(true));
    byId('rollback-no').addEventListener('click', () => this.#askBeforeRollback(false));
    byId('rollback-yes').addEventListener('click', () => this.#rollBack());
  }

  /** `state` as GET /reshard has it. */
  update(state) {
    const running = state.phase !== 'idle';
    const last = state.lastResult ? ` Last time: ${state.lastResult}.` : '';
    const text = phases[state.phase] ?? `${state.phase}.`;
    setText(
      byId('reshard-phase'),
      running ? `${count(state.from)} → ${plural(state.to, 'shard')}: ${text}` : text + last,
    );
    if (state.phase !== this.#phase) this.#enter(state.phase);
    setHidden(byId('reshard-progress'), !running);
    setHidden(byId('reshard-form'), running);
    if (!running) return;
    this.#showProgress('connected', state.connected, state.to);
    this.#showProgress('loaded', state.loaded, state.to);
    setText(byId('reshard-more'), describeProgress(state));
  }

  #enter(phase) {
    if (this.#phase === 'idle' || phase === 'idle') this.#askBeforeRollback(false, false);
    if (phase !== 'idle') this.#forgetPlan();
    this.#phase = phase;
  }

  #showProgress(what, value, total) {
    setText(byId(`reshard-${what}`), `${count(value)} of ${count(total)}`);
    setProgress(byId(`reshard-${what}-bar`), value, total);
  }

  /** What was asked for to see what would come is no fault, whatever the answer. */
  #say(text, isFault = true) {
    setText(byId('reshard-result'), text);
    setAttribute(byId('reshard-result'), 'class', isFault ? 'error' : 'quiet');
  }

  #forgetPlan() {
    this.#plan = null;
    this.#say('');
    setHidden(byId('reshard-plan'), true);
  }

  /** Resolves with the answer; with undefined where there was none, which is said. */
  async #request(method, body) {
    this.#say('');
    try {
      return await ask('reshard', { method, body, ...patientRequest });
    } catch (error) {
      const isPreview = body?.dryRun === true && error.status === 409;
      this.#say(`Not done: ${error.message}`, !isPreview);
      return undefined;
    }
  }

  async #preview() {
    this.#forgetPlan();
    const field = byId('reshard-total');
    const wanted = field.value;
    const plan = await this.#request('POST', { totalShards: Number(wanted), dryRun: true });
    if (!plan || field.value !== wanted || this.#phase !== 'idle') return;
    this.#plan = plan;
    setText(byId('reshard-plan-text'), describePlan(plan));
    setText(byId('reshard-start'), `Reshard to ${count(plan.to)}`);
    setHidden(byId('reshard-plan'), false);
    byId('reshard-start').focus();
  }

  async #start() {
    const { to } = this.#plan;
    this.#forgetPlan();
    if (await this.#request('POST', { totalShards: to })) byId('reshard-total').value = '';
  }

  #askBeforeRollback(asking, moveFocus = true) {
    setHidden(byId('rollback'), asking);
    setHidden(byId('rollback-question'), !asking);
    if (moveFocus) byId(asking ? 'rollback-yes' : 'rollback').focus();
  }

  async #rollBack() {
    this.#askBeforeRollback(false);
    await this.#request('DELETE');
  }
}
