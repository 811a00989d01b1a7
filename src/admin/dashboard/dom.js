/**
 * The few ways in which this page writes to the document. Texts of the daemon (URLs, log lines,
 * errors) become text nodes and attributes, never markup; what has not changed is not written.
 */

export const byId = (id) => document.getElementById(id);

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node, name, value) {
  const text = String(value);
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

export function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

/** `text` in an element that is only there while there is something to say. */
export function setNotice(node, text) {
  setText(node, text);
  setHidden(node, text === '');
}

/** A progress bar; browsers draw one with max 0 as full. */
export function setProgress(node, value, max) {
  setAttribute(node, 'max', Math.max(max, 1));
  setAttribute(node, 'value', Math.min(value, Math.max(max, 1)));
}

/**
 * Children of a parent by key, in the order of the items: created once, updated with every call,
 * removed with their item.
 */
export class KeyedChildren {
  #parent;
  #create;
  #update;
  #nodes = new Map();

  constructor(parent, { create, update }) {
    this.#parent = parent;
    this.#create = create;
    this.#update = update;
  }

  /** `entries`: `[key, item]`, keys unique. */
  set(entries) {
    const wanted = new Set(entries.map(([key]) => key));
    for (const [key, node] of this.#nodes) {
      if (wanted.has(key)) continue;
      node.remove();
      this.#nodes.delete(key);
    }
    let next = this.#parent.firstElementChild;
    for (const [key, item] of entries) {
      let node = this.#nodes.get(key);
      if (!node) {
        node = this.#create(item);
        this.#nodes.set(key, node);
      }
      this.#update(node, item);
      if (node === next) next = next.nextElementSibling;
      else this.#parent.insertBefore(node, next);
    }
  }
}
