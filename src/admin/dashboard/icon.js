import { setAttribute } from './dom.js';

/** A shape of its own for each level: they are told apart without seeing the colour, too. */
const shapes = {
  well: ['2e8b57', "<circle cx='8' cy='8' r='7'/>"],
  busy: ['c08a1e', "<path d='M8 0 16 8 8 16 0 8z'/>"],
  bad: ['d23f31', "<path d='M8 0 16 15H0z'/>"],
  away: ['7a828c', "<path d='M1 1h14v14H1zM4 4v8h8V4z' fill-rule='evenodd'/>"],
};

/** The tab says how things stand. */
export function showInTab(icon, level, headline) {
  const [colour, shape] = shapes[level];
  const image = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='#${colour}'>${shape}</svg>`;
  setAttribute(icon, 'href', `data:image/svg+xml,${encodeURIComponent(image)}`);
  const title = `${headline} · Gatehouse`;
  if (document.title !== title) document.title = title;
}
