import { KeyedChildren, byId, element, setAttribute, setHidden, setText } from './dom.js';
import { duration, timeOfDay } from './format.js';
import { showInTab } from './icon.js';

/** How things stand: at the top of the page, in the tab, and spoken when it changes. */
export class Headline {
  #reasons = new KeyedChildren(byId('reasons'), {
    create: (text) => element('li', {}, text),
    update: setText,
  });
  #lastAnswer = null;
  #spoken = '';
  #level = 'waiting';

  /** As GET /verdict has it; `phase` of resharding. */
  show({ level, headline, reasons }, phase) {
    const isBack = this.#level === 'away';
    this.#lastAnswer = Date.now();
    setHidden(byId('away'), true);
    delete document.body.dataset.away;
    this.#reasons.set([...new Set(reasons)].map((text) => [text, text]));
    setHidden(byId('reasons'), reasons.length === 0);
    setAttribute(byId('reasons'), 'data-level', level);
    this.#present(level, headline);
    const spokenReason = level === 'bad' ? `. ${reasons[0]}` : '';
    this.#speak(`${level} ${phase}`, `${isBack ? 'The daemon answers again. ' : ''}${headline}${spokenReason}`);
  }

  /** There was no usable answer; the next question is in `pause` milliseconds. */
  showAway(problem, pause) {
    const since = this.#lastAnswer === null ? '' : `Last answer at ${timeOfDay(this.#lastAnswer)}. `;
    setText(byId('away-text'), `${problem} ${since}Asking again in ${duration(pause)}.`);
    setHidden(byId('away'), false);
    document.body.dataset.away = '';
    this.#present('away', 'No answer');
    this.#speak('away', problem);
  }

  /** The page has nothing to show before somebody has given the secret. */
  showSignedOut() {
    this.#present('away', 'Sign in');
    this.#speak('signed out', '');
  }

  #present(level, headline) {
    this.#level = level;
    setAttribute(byId('overall'), 'data-level', level);
    setText(byId('headline'), headline);
    showInTab(byId('icon'), level, headline);
  }

  /** Once for each change of what matters, not for every figure in the line. */
  #speak(key, text) {
    if (key === this.#spoken) return;
    this.#spoken = key;
    setText(byId('announcement'), text);
  }
}
