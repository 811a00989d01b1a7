import { byId, element, setHidden, setNotice } from './dom.js';
import { timeOfDay } from './format.js';

/** As many as the daemon keeps, warnings from before the rest with them. */
const keptLines = 600;

const levels = { warning: 'warn', critical: 'error', err: 'error' };

/** The recent lines of the daemon's log, the newest last and in sight unless somebody scrolled up. */
export class LogPanel {
  /** What to ask for more lines with: the number of the next one. */
  next = 0;
  #list = byId('log');
  #wanted = '';

  constructor() {
    byId('log-level').addEventListener('change', ({ target }) => {
      this.#list.dataset.show = target.value;
      this.#scrollToEnd();
      this.#showEmptiness();
    });
    byId('log-search').addEventListener('input', ({ target }) => {
      this.#wanted = target.value.trimStart().toLowerCase();
      for (const line of this.#list.children) this.#find(line);
      this.#scrollToEnd();
      this.#showEmptiness();
    });
  }

  /** Also by what a line is about: "shard=7", as in the JSON log. */
  #find(line) {
    const isFound = line.dataset.searched === undefined || line.dataset.searched.includes(this.#wanted);
    line.classList.toggle('elsewhere', !isFound);
  }

  /** An answer of GET /log. */
  append({ next, lines }) {
    const atEnd = this.#isAtEnd();
    this.next = next;
    this.#add(lines.map((line) => this.#createLine(line)));
    if (atEnd && lines.length > 0) this.#scrollToEnd();
    this.#showEmptiness();
  }

  /** The daemon has been restarted and counts its lines anew. */
  restart() {
    this.next = 0;
    this.#add([element('li', { 'data-level': 'error', class: 'restart' }, 'The daemon was restarted.')]);
  }

  refuse(text) {
    setNotice(byId('log-error'), text);
  }

  #createLine({ unixMs, level, text, fields = {} }) {
    const name = levels[level] ?? level;
    const facts = Object.entries(fields).map(([key, value]) => ` ${key}=${value}`);
    const searched = `${text}${facts.join('')} `.toLowerCase();
    const line = element(
      'li',
      { 'data-level': name, 'data-searched': searched },
      element('time', { datetime: new Date(unixMs).toISOString() }, timeOfDay(unixMs)),
      element('span', { class: 'level' }, name),
      element('span', { class: 'text' }, text),
    );
    this.#find(line);
    return line;
  }

  #add(nodes) {
    this.#list.append(...nodes);
    while (this.#list.childElementCount > keptLines) this.#list.firstElementChild.remove();
  }

  #isAtEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.#list;
    return scrollTop + clientHeight >= scrollHeight - 24;
  }

  #scrollToEnd() {
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  #showEmptiness() {
    const shows = { info: '*', warn: '[data-level=warn], [data-level=error]', error: '[data-level=error]' };
    const any = this.#list.querySelector(`:scope > :is(${shows[this.#list.dataset.show]}):not(.elsewhere)`);
    setHidden(byId('log-empty'), any !== null);
  }
}
