import { DataTable } from './data_table.js';
import { byId, setHidden, setText } from './dom.js';
import { bytes, count, plural, timeOfDay } from './format.js';

/** Of each kind, so that refusals by the hundred leave gaps in sight; the log has more. */
const shownOfAKind = 20;

const columns = [
  { label: 'Time', kind: 'name', text: ({ unixMs }) => timeOfDay(unixMs) },
  { label: 'Shard', text: ({ fields }) => String(fields.shard) },
  { label: 'What', text: ({ fields }) => (isGap(fields) ? 'gap' : 'refused'), kind: 'text' },
  { label: 'In words', text: ({ text }) => text.replace(/^\[\w+\] /, ''), kind: 'text' },
];

const isGap = ({ event }) => event === 'GATEHOUSE_GAP';

/** Of a line of GET /log: it tells of an event that a handler refused, or of a session's gap. */
export function isIncident({ fields = {} }) {
  if (fields.shard === undefined) return false;
  return isGap(fields) || (fields.status !== undefined && fields.event_id !== undefined);
}

function describeLetters({ onDisk, bytes: used, limitBytes, lost }) {
  const gone = lost > 0 ? ` ${count(lost)} more could not be kept.` : '';
  return `${plural(onDisk, 'event')} in the dead letters, ${bytes(used)} of ${bytes(limitBytes)}.${gone}`;
}

/** What did not reach a handler: refusals and gaps with time and shard, and what is left of them. */
export class Incidents {
  #table = new DataTable(byId('incident-rows'), columns);
  #found = [];

  /** Lines of GET /log. */
  add(lines) {
    const news = lines.filter(isIncident);
    if (news.length === 0) return;
    const all = [...news.reverse(), ...this.#found];
    const older = [true, false].flatMap((gap) =>
      all.filter(({ fields }) => isGap(fields) === gap).slice(shownOfAKind),
    );
    this.#found = all.filter((line) => !older.includes(line));
    this.#table.update(this.#found.map((line) => [`${line.unixMs} ${line.number}`, line]));
    setHidden(byId('incident-rows'), false);
    this.#show();
  }

  /** `deadLetters` of GET /status; null or absent where `state.dir` cannot be used. */
  showLetters(deadLetters) {
    const has = (deadLetters?.onDisk ?? 0) + (deadLetters?.lost ?? 0) > 0;
    setHidden(byId('letters'), !has);
    if (has) setText(byId('letters-text'), describeLetters(deadLetters));
    this.#show();
  }

  #show() {
    setHidden(byId('incidents'), this.#found.length === 0 && byId('letters').hidden);
  }
}
