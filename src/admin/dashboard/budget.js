import { byId, setHidden, setProgress, setText } from './dom.js';
import { count, duration, plural } from './format.js';

/**
 * How many identifies Discord still allows. `gate` as GET /status has it; `connectedPerSecond` says
 * how fast those that wait get through.
 */
export function showBudget(gate, connectedPerSecond) {
  const { identifiesLeft, identifiesTotal, maxConcurrency, waiting, resetsInMs } = gate;
  const isKnown = identifiesLeft !== null;
  setText(
    byId('budget'),
    isKnown ? `${count(identifiesLeft)} of ${count(identifiesTotal)} left` : 'Not known yet.',
  );
  setHidden(byId('budget-bar'), !isKnown);
  if (isKnown) setProgress(byId('budget-bar'), identifiesLeft, identifiesTotal);
  const parts = [`${count(maxConcurrency)} at once`, `${plural(waiting, 'shard')} waiting`];
  if (waiting > 0 && connectedPerSecond > 0) {
    parts.push(`about ${duration((waiting * 1000) / connectedPerSecond)} to go`);
  }
  if (resetsInMs !== null) parts.push(`anew in ${duration(resetsInMs)}`);
  setText(byId('budget-more'), `${parts.join(', ')}.`);
}
