import { KeyedChildren, element, setAttribute, setText } from './dom.js';

function createRow(columns) {
  const cells = columns.map(({ label, kind = 'number' }) => {
    const attributes = { role: kind === 'name' ? 'rowheader' : 'cell', class: kind };
    const cell = element(kind === 'name' ? 'th' : 'td', { ...attributes, 'data-label': label });
    if (kind === 'name') cell.setAttribute('scope', 'row');
    if (kind === 'state') cell.append(element('span', { class: 'mark', 'aria-hidden': true }));
    cell.append(element('span'));
    return cell;
  });
  return element('tr', { role: 'row' }, ...cells);
}

/**
 * A table whose rows become cards where it is narrow; the roles keep it a table for screen readers
 * then. `columns`: `{label, kind: name|number|text|state, text(row), level(row)}`.
 */
export class DataTable {
  #rows;

  constructor(table, columns) {
    table.setAttribute('role', 'table');
    const labels = columns.map(({ label, kind = 'number' }) =>
      element('th', { scope: 'col', role: 'columnheader', class: kind }, label),
    );
    const body = element('tbody', { role: 'rowgroup' });
    const head = element('tr', { role: 'row' }, ...labels);
    table.append(element('thead', { role: 'rowgroup' }, head), body);
    this.#rows = new KeyedChildren(body, {
      create: () => createRow(columns),
      update: (row, item) => {
        columns.forEach(({ text, level }, index) => {
          const cell = row.children[index];
          const shown = text(item);
          setText(cell.lastElementChild, shown);
          setAttribute(cell, 'data-empty', shown === '');
          if (level) setAttribute(cell, 'data-level', level(item));
        });
      },
    });
  }

  /** `entries`: `[key, row]`. */
  update(entries) {
    this.#rows.set(entries);
  }
}
