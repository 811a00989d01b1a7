import { byId, setHidden, setText } from './dom.js';
import { forgetSecret, keepSecret, keptSecret } from './secret.js';

/** Asks for the secret in the page's place, where the daemon does not take the one it was sent. */
export class SignIn {
  #form = byId('sign-in');
  #field = byId('secret');

  /** `given()` when somebody has typed one. */
  constructor(given) {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      setText(byId('problem'), '');
      keepSecret(this.#field.value);
      given();
    });
  }

  show() {
    setText(byId('problem'), keptSecret() ? 'The daemon does not take this secret.' : '');
    forgetSecret();
    if (!this.#form.hidden) return;
    document.body.dataset.signedOut = '';
    setHidden(this.#form, false);
    this.#field.focus();
  }

  hide() {
    if (this.#form.hidden) return;
    this.#field.value = '';
    setHidden(this.#form, true);
    delete document.body.dataset.signedOut;
  }
}
