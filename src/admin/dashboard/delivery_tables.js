import { DataTable } from './data_table.js';
import { byId, setNotice, setText } from './dom.js';
import { age, bytes, count, plural, rate } from './format.js';
import { joinDropped } from './handlers.js';

const handlerLevels = { up: 'well', probing: 'busy', down: 'bad' };

function handlerState({ state, workers, workersInState }) {
  return workersInState < workers ? `${state} (${workersInState} of ${workers})` : state;
}

const handlerColumns = [
  { label: 'URL', kind: 'name', text: ({ url }) => url },
  {
    label: 'State',
    kind: 'state',
    text: handlerState,
    level: ({ state }) => handlerLevels[state] ?? 'bad',
  },
  { label: 'Delivered', text: ({ deliveredRate }) => rate(deliveredRate) },
  { label: 'Queued', text: ({ queued }) => count(queued) },
  { label: 'In flight', text: ({ inFlight }) => count(inFlight) },
  { label: 'Oldest', text: ({ oldestAgeMs }) => age(oldestAgeMs) },
  { label: 'Retried', text: ({ retried }) => count(retried) },
  { label: 'Refused', text: ({ refused }) => count(refused) },
  { label: 'Last error', kind: 'text', text: ({ lastError }) => lastError },
];

function memoryOf({ bytes: used, limitBytes }) {
  return `${bytes(used)} of ${bytes(limitBytes)}`;
}

const workerColumns = [
  { label: 'Worker', kind: 'name', text: ({ workerId }) => String(workerId) },
  {
    label: 'Shards',
    kind: 'state',
    text: ({ connected, shards }) => `${count(connected)} of ${count(shards)}`,
    level: ({ connected, shards }) => (connected < shards ? 'busy' : 'well'),
  },
  { label: 'Received', text: ({ receivedRate }) => rate(receivedRate) },
  { label: 'Delivered', text: ({ deliveredRate }) => rate(deliveredRate) },
  { label: 'Dropped', text: ({ dropped }) => count(dropped) },
  { label: 'Queued', text: ({ queued }) => count(queued) },
  { label: 'In flight', text: ({ inFlight }) => count(inFlight) },
  { label: 'On disk', text: ({ spooled }) => count(spooled) },
  { label: 'Oldest', text: ({ oldestAgeMs }) => age(oldestAgeMs) },
  {
    label: 'Memory',
    kind: 'state',
    text: (worker) => memoryOf(worker) + (worker.congested ? ', full' : ''),
    level: ({ congested }) => (congested ? 'bad' : 'well'),
  },
];

const droppedColumns = [
  { label: 'Event', kind: 'name', text: ({ event }) => event },
  { label: 'Reason', kind: 'text', text: ({ reason }) => reason },
  { label: 'Count', text: ({ count: dropped }) => count(dropped) },
];

/** There is no spool where `state.dir` cannot be used, or where it is switched off. */
function describeStorage({ spool }) {
  const texts = [];
  if (spool) {
    const { events, bytes: used, limitBytes, working, lostEvents } = spool;
    texts.push(`On disk: ${plural(events, 'event')}, ${bytes(used)} of ${bytes(limitBytes)}.`);
    if (!working) texts.push('The last write failed.');
    if (lostEvents > 0) texts.push(`${plural(lostEvents, 'event')} lost there.`);
  } else {
    texts.push('Events are kept in memory only.');
  }
  return texts.join(' ');
}

/** Handlers, what is kept on disk for them, and what could not be kept. */
export class HandlerTable {
  #handlers = new DataTable(byId('handlers'), handlerColumns);
  #dropped = new DataTable(byId('dropped-events'), droppedColumns);

  update(handlers, queue) {
    this.#handlers.update(handlers.map((handler) => [handler.url, handler]));
    const dropped = joinDropped(queue.workers);
    byId('dropped').hidden = dropped.length === 0;
    this.#dropped.update(dropped.map((row) => [`${row.event} ${row.reason}`, row]));
    setText(byId('storage'), describeStorage(queue));
  }

  refuse(text) {
    setNotice(byId('queue-error'), text);
  }
}

export class WorkerTable {
  #workers = new DataTable(byId('workers'), workerColumns);

  update(workers) {
    this.#workers.update(workers.map((worker) => [worker.workerId, worker]));
  }

  refuse(text) {
    setNotice(byId('workers-error'), text);
  }
}
