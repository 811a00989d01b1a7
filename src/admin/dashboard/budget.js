import { byId, setHidden, setProgress, setText } from './dom.js';
import { count, duration, plural } from './format.js';

/**
 * How long those that wait for leave to identify will take, in milliseconds: by the gate's pace and
 * budget, as `gatehouse status` says it. Null: nobody waits, or the pace is not known.
 */
export function waitingTime({ identifiesLeft, maxConcurrency, waiting, resetsInMs }, spawnDelayMs) {
  if (waiting === 0 || !Number.isFinite(spawnDelayMs)) return null;
  const turns = Math.ceil(waiting / Math.max(maxConcurrency, 1));
  const isShort = identifiesLeft !== null && identifiesLeft < waiting;
  return turns * spawnDelayMs + (isShort ? (resetsInMs ?? 0) : 0);
}

/** How many identifies Discord still allows. `gate` as GET /status has it. */
export function showBudget(gate, spawnDelayMs) {
  const { identifiesLeft, identifiesTotal, maxConcurrency, waiting, resetsInMs } = gate;
  const isKnown = identifiesLeft !== null;
  setText(
    byId('budget'),
    isKnown ? `${count(identifiesLeft)} of ${count(identifiesTotal)} left` : 'Not known yet.',
  );
  setHidden(byId('budget-bar'), !isKnown);
  if (isKnown) setProgress(byId('budget-bar'), identifiesLeft, identifiesTotal);
  const parts = [`${count(maxConcurrency)} at once`, `${plural(waiting, 'shard')} waiting`];
  const left = waitingTime(gate, spawnDelayMs);
  if (left !== null) parts.push(`about ${duration(left)} to go`);
  if (resetsInMs !== null) parts.push(`anew in ${duration(resetsInMs)}`);
  setText(byId('budget-more'), `${parts.join(', ')}.`);
}
