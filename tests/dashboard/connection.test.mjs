/** The page and the daemon: the secret, a daemon that goes away, a tab that nobody looks at. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { launchBrowser, openPage, shown } from './harness/browser.mjs';
import { FakeAdmin } from './harness/fake_admin.mjs';
import { World } from './harness/world.mjs';

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

async function open(test, { secret = '' } = {}) {
  const admin = await FakeAdmin.start(test, new World({ shards: 4 }));
  admin.secret = secret;
  const { page, problems } = await openPage(browser, test, { url: admin.url });
  return { admin, page, problems };
}

describe('secret', { concurrency: 4 }, () => {
  const secret = 'Geheimnis ✓ "42"';

  async function signIn(page, text) {
    await page.fill('#secret', text);
    await page.press('#secret', 'Enter');
  }

  it('is asked for, and only the right one opens the page', async (test) => {
    const { page, admin, problems } = await open(test, { secret });
    await page.waitForFunction(() => document.activeElement.id === 'secret');
    await signIn(page, 'wrong');
    await shown(page, '#problem', 'does not take this secret');
    assert.equal(await page.locator('main:visible').count(), 0);
    assert.deepEqual(admin.asked('GET', '/shards'), []);
    await signIn(page, secret);
    await shown(page, '#headline', 'All 4 shards connected');
    assert.equal(await page.locator('#sign-in:visible').count(), 0);
    assert.equal(page.url(), admin.url);
    const own = problems.filter((text) => !text.startsWith('Failed to load resource'));
    assert.deepEqual(own, []);
  });

  it('is kept in the tab, not beyond', async (test) => {
    const { page, admin } = await open(test, { secret });
    await signIn(page, secret);
    await shown(page, '#headline', 'All 4 shards connected');
    await page.reload();
    await shown(page, '#headline', 'All 4 shards connected');
    const other = await page.context().newPage();
    await other.goto(admin.url);
    await other.locator('#secret').waitFor();
    assert.deepEqual(await page.context().cookies(), []);
    assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes('42')), false);
  });

  it('is asked for again when it has been changed', async (test) => {
    const { page, admin } = await open(test, { secret });
    await signIn(page, secret);
    await shown(page, '#headline', 'All 4 shards connected');
    admin.secret = 'another';
    await page.locator('#secret').waitFor();
    await signIn(page, 'another');
    await shown(page, '#headline', 'All 4 shards connected');
  });

  it('is asked for once, not again and again', async (test) => {
    const { page, admin } = await open(test, { secret });
    await page.locator('#secret').waitFor();
    await page.clock.install();
    await page.reload();
    await page.locator('#secret').waitFor();
    const asked = admin.requests.length;
    await page.clock.fastForward(60_000);
    await page.evaluate(() => document.title);
    assert.equal(admin.requests.length, asked);
  });

  it('lets nothing be loaded from elsewhere', async (test) => {
    const { page } = await open(test, { secret });
    const refused = await page.evaluate(async () => {
      const refusal = new Promise((resolve) =>
        document.addEventListener('securitypolicyviolation', (event) =>
          resolve(event.effectiveDirective),
        ),
      );
      const image = document.createElement('img');
      image.setAttribute('src', 'http://127.0.0.2/a.png');
      document.body.append(image);
      return refusal;
    });
    assert.equal(refused, 'img-src');
  });
});

describe('daemon', { concurrency: 4 }, () => {
  it('is said to be away, asked with growing pauses, and taken back', async (test) => {
    const { page, admin } = await open(test);
    await shown(page, '#headline', 'All 4 shards connected');
    await admin.goAway();
    await shown(page, '#away', 'The daemon does not answer. Last answer at');
    await shown(page, '#headline', 'No answer');
    await shown(page, '#announcement', 'The daemon does not answer.');
    assert.equal(await page.title(), 'No answer · Gatehouse');
    assert.equal(await page.locator('.cell').count(), 4);
    await shown(page, '#away', 'Asking again in 2 s.');
    await shown(page, '#away', 'Asking again in 4 s.');

    admin.world.setState(1, 'resuming');
    await admin.listen();
    await page.click('#ask-now');
    await page.locator('#away').waitFor({ state: 'hidden' });
    await page.locator('.cell[data-state="resuming"]').waitFor();
    await shown(page, '#announcement', 'The daemon answers again.');
    assert.equal(await page.getAttribute('body', 'data-away'), null);
  });

  it('is noticed when it has been restarted', async (test) => {
    const { page, admin } = await open(test);
    admin.world.say('info', 'before');
    await shown(page, '#log li', 'before');
    const world = new World({ shards: 8 });
    world.uptimeMs = 10;
    world.say('info', 'after');
    admin.world = world;
    await shown(page, '#log li', 'after');
    const lines = await page.locator('#log li').allTextContents();
    assert.match(lines.join('\n'), /before\nThe daemon was restarted\.\n.*after$/);
    assert.equal(await page.locator('.cell').count(), 8);
  });

  it('that refuses says why', async (test) => {
    const { page, admin } = await open(test);
    await shown(page, '#headline', 'All 4 shards connected');
    admin.world.refusals['GET /status'] = { status: 503, error: 'it stops' };
    await shown(page, '#away', 'The daemon answers: it stops.');
  });
});

describe('tab', { concurrency: 4 }, () => {
  it('asks nothing while it is hidden', async (test) => {
    const { page } = await open(test);
    await page.clock.install();
    await page.reload();
    await shown(page, '#headline', 'All 4 shards connected');
    const setHidden = (hidden) =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    await setHidden(true);
    // Each round begins with this question; one that had begun before may still go on.
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.clock.fastForward(60_000);
    await page.evaluate(() => document.title);
    assert.deepEqual(asked.filter((url) => url.endsWith('/status')), []);
    const question = page.waitForRequest(/status$/);
    await setHidden(false);
    await question;
  });
});
