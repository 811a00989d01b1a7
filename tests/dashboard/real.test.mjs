/** The page as the daemon serves it, on what the daemon itself answers. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';

import { Daemon, reservePort } from '../ecosystem/harness/daemon.mjs';
import { Simulator, token } from '../ecosystem/harness/simulator.mjs';
import { until } from '../ecosystem/harness/until.mjs';
import { launchBrowser, openPage, shown } from './harness/browser.mjs';

const shards = 4;
const secret = 'admin secret';
const guildsAndMessages = 1 | 512;

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

/** The URL of a handler that takes everything. */
async function startHandler(test) {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${server.address().port}/`;
}

/** A simulated Discord, the daemon, and a handler. */
async function start(test) {
  const simulator = await Simulator.start(test, { shards, guilds: 8, events: 2000 });
  const handler = await startHandler(test);
  const listen = `127.0.0.1:${await reservePort()}`;
  const daemon = await Daemon.start(test, {
    discord: { token, intents: guildsAndMessages },
    rest: { url: simulator.restUrl },
    gateway: { spawn_shard_delay_ms: 20 },
    handlers: { urls: [handler] },
    admin: { listen, authorization: secret },
  });
  await until([daemon], () => daemon.output.includes('admin listens on port'), 'the admin port');
  return { daemon, handler, url: `http://${listen}/` };
}

/** The page, with the secret given. */
async function signIn(test, url) {
  const { page, problems } = await openPage(browser, test, { url });
  await page.fill('#secret', secret);
  await page.press('#secret', 'Enter');
  await shown(page, '#headline', `All ${shards} shards connected`);
  return { page, problems };
}

describe('the daemon', { concurrency: 3 }, () => {
  it('asks for the secret, and sends the policies along', async (test) => {
    const { daemon, url } = await start(test);
    for (const [authorization, status] of [['', 401], [secret, 200]]) {
      const response = await fetch(url, { headers: { authorization } });
      assert.equal(response.status, status);
      const { headers } = response;
      assert.match(headers.get('content-security-policy'), /script-src 'sha256-.*frame-ancestors/);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.equal(headers.get('cache-control'), 'no-store');
    }
    await daemon.close();
  });

  it('serves the page, and every part of it has something to show', async (test) => {
    const { daemon, handler, url } = await start(test);
    const { page, problems } = await signIn(test, url);
    await page.locator(`.cell[data-state="connected"] >> nth=${shards - 1}`).waitFor();
    await shown(page, '#handlers tbody tr', handler);
    await shown(page, '#handlers tbody tr', 'up');
    await shown(page, '#workers tbody tr', `${shards} of ${shards}`);
    await shown(page, '#budget', 'left');
    await shown(page, '#process', 'version ');
    await shown(page, '#log li', 'admin listens on port');
    await page.locator('.cell').first().press('Enter');
    await shown(page, '#shard-facts', 'Session');
    await page.keyboard.press('Escape');
    for (const notice of ['#queue-error', '#workers-error', '#log-error', '#away']) {
      assert.equal(await page.locator(`${notice}:visible`).count(), 0, notice);
    }
    const own = problems.filter((text) => !text.startsWith('Failed to load resource'));
    assert.deepEqual(own, []);
    await daemon.close();
    await shown(page, '#away', 'The daemon does not answer.');
  });

  it('reshards when the page asks for it', async (test) => {
    const { daemon, url } = await start(test);
    const { page } = await signIn(test, url);
    await page.fill('#reshard-total', String(2 * shards));
    await page.click('#reshard-preview');
    await shown(page, '#reshard-plan-text', `From ${shards} to ${2 * shards} shards`);
    await page.click('#reshard-start');
    await page.locator(`#serving .cell >> nth=${2 * shards - 1}`).waitFor({ timeout: 90_000 });
    await shown(page, '#reshard-phase', 'Not resharding.');
    await shown(page, '#headline', `All ${2 * shards} shards connected`);
    await daemon.close();
  });
});
