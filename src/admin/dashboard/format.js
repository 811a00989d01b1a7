/** Figures as text, short enough for a table. */

const wholeNumbers = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export function count(number) {
  return Number.isFinite(number) ? wholeNumbers.format(number) : '–';
}

export function plural(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** Per second; nothing to tell before there are two samples. */
export function rate(perSecond) {
  if (!Number.isFinite(perSecond)) return '–';
  return `${(perSecond < 10 ? oneDecimal : wholeNumbers).format(perSecond)}/s`;
}

export function bytes(number) {
  if (!Number.isFinite(number)) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (number >= 1024 && unit + 1 < units.length) {
    number /= 1024;
    ++unit;
  }
  return `${oneDecimal.format(number)} ${units[unit]}`;
}

const spans = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
];

/** The two largest units: "2 d 4 h", "3.2 s", "41 ms". */
export function duration(milliseconds) {
  if (!Number.isFinite(milliseconds)) return '–';
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 10_000) return `${oneDecimal.format(milliseconds / 1000)} s`;
  let seconds = Math.round(milliseconds / 1000);
  const parts = [];
  for (const [unit, length] of spans) {
    const amount = Math.floor(seconds / length);
    if (parts.length === 1 && amount === 0) break;
    if (amount > 0) parts.push(`${amount} ${unit}`);
    if (parts.length === 2) break;
    seconds -= amount * length;
  }
  return parts.join(' ');
}

/** As `duration`, and 0 is no age at all. */
export function age(milliseconds) {
  return milliseconds > 0 ? duration(milliseconds) : '–';
}

export function roundTrip(milliseconds) {
  return milliseconds >= 0 ? `${count(milliseconds)} ms` : 'unknown';
}

export function timeOfDay(unixMs) {
  return new Date(unixMs).toLocaleTimeString('en-GB');
}
