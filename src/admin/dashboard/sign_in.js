/** Asks for the secret and, once the daemon takes it, becomes the dashboard. */
import { authorizationHeaders, forgetSecret, keepSecret, keptSecret } from './secret.js';
import { applyTheme } from './theme.js';

const form = document.getElementById('sign-in');
const field = document.getElementById('secret');
const problem = document.getElementById('problem');

// The only place that makes a document of a text; the text is the daemon's own page.
const fromDaemon = { createHTML: (html) => html };
const policy = globalThis.trustedTypes?.createPolicy('sign-in', fromDaemon) ?? fromDaemon;

function become(html) {
  document.open();
  document.write(policy.createHTML(html));
  document.close();
}

/** Resolves with what is wrong, in words; with nothing where the page has been replaced. */
async function signIn(secret) {
  let response;
  try {
    response = await fetch(location.pathname, {
      headers: authorizationHeaders(secret),
      cache: 'no-store',
    });
  } catch {
    return 'The daemon does not answer.';
  }
  if (response.status === 401) {
    forgetSecret();
    return 'The daemon does not take this secret.';
  }
  if (!response.ok) return `The daemon answered ${response.status}.`;
  const html = await response.text();
  keepSecret(secret);
  become(html);
  return '';
}

async function trySecret(secret) {
  problem.textContent = '';
  problem.textContent = await signIn(secret);
}

applyTheme();
form.addEventListener('submit', (event) => {
  event.preventDefault();
  trySecret(field.value);
});
const secret = keptSecret();
if (secret) trySecret(secret);
