import { authorizationHeaders, keptSecret } from './secret.js';

/** The daemon answered, and refused; its own words. */
export class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

/** Nobody answered, or not in time. */
export class NoAnswer extends Error {}

async function errorText(response) {
  try {
    const { error } = await response.json();
    if (typeof error === 'string') return error;
  } catch {
    // Not the daemon's own JSON: a proxy between may answer with anything.
  }
  return `HTTP ${response.status}`;
}

/** A proxy answers so for a daemon that is away. */
const proxyErrors = [502, 504];

/** One request; resolves with the JSON of the answer, rejects with `Refused` or `NoAnswer`. */
export async function ask(path, { method = 'GET', body, milliseconds = 10_000 } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: authorizationHeaders(keptSecret()),
      cache: 'no-store',
      signal: AbortSignal.timeout(milliseconds),
    });
    if (response.ok) return await response.json();
  } catch (error) {
    throw new NoAnswer(error.message);
  }
  if (proxyErrors.includes(response.status)) throw new NoAnswer(`HTTP ${response.status}`);
  throw new Refused(response.status, await errorText(response));
}
