/** The secret that this tab was given, if any: it goes with the tab, and no other origin sees it. */

const secretKey = 'gatehouse.secret';

export function keepSecret(secret) {
  sessionStorage.setItem(secretKey, secret);
}

export function keptSecret() {
  return sessionStorage.getItem(secretKey);
}

export function forgetSecret() {
  sessionStorage.removeItem(secretKey);
}

/** Header values are bytes (Fetch standard): a secret beyond ASCII is sent in UTF-8. */
export function authorizationHeaders(secret) {
  if (!secret) return {};
  return { Authorization: String.fromCharCode(...new TextEncoder().encode(secret)) };
}
