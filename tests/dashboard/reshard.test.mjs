/** Resharding from the page: preview, start, progress, roll back. */
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

async function open(test) {
  const world = new World({ shards: 4 });
  const admin = await FakeAdmin.start(test, world);
  const { page } = await openPage(browser, test, { url: admin.url });
  await shown(page, '#reshard-phase', 'Not resharding.');
  const posted = () => admin.asked('POST', '/reshard').map(({ body }) => body);
  return { admin, world, page, posted };
}

async function preview(page, total) {
  await page.fill('#reshard-total', total);
  await page.press('#reshard-total', 'Enter');
  await page.locator('#reshard-start').waitFor();
}

describe('reshard', { concurrency: 4 }, () => {
  it('is previewed, then started, and its progress shown', async (test) => {
    const { page, world, posted } = await open(test);
    await preview(page, '8');
    assert.deepEqual(posted(), [{ totalShards: 8, dryRun: true }]);
    await shown(page, '#reshard-plan-text', 'From 4 to 8 shards: takes 8 of the 990 identifies left, and about 45 s.');
    assert.equal(world.reshard.phase, 'idle');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'reshard-start');
    await page.keyboard.press('Enter');
    await shown(page, '#reshard-phase', '4 → 8 shards: The new set identifies.');
    assert.deepEqual(posted().slice(1), [{ totalShards: 8 }]);
    await page.locator('#reshard-form').waitFor({ state: 'hidden' });
    Object.assign(world.reshard, { phase: 'loading', connected: 8, loaded: 3, guilds: 60 });
    await shown(page, '#reshard-loaded', '3 of 8');
    assert.equal(await page.getAttribute('#reshard-connected-bar', 'value'), '8');
    await shown(page, '#headline', 'Resharding 4 → 8');
    Object.assign(world.reshard, { phase: 'idle', lastResult: 'done' });
    await shown(page, '#reshard-phase', 'Not resharding. Last time: done.');
    await page.locator('#reshard-form').waitFor();
  });

  it("takes Discord's recommendation where no number is given", async (test) => {
    const { page, posted } = await open(test);
    await preview(page, '');
    assert.deepEqual(posted(), [{ totalShards: 0, dryRun: true }]);
    await shown(page, '#reshard-start', 'Reshard to 8');
  });

  it('forgets a preview whose number has been changed or that is cancelled', async (test) => {
    const { page, posted } = await open(test);
    await preview(page, '8');
    await page.fill('#reshard-total', '80');
    await page.locator('#reshard-plan').waitFor({ state: 'hidden' });
    await preview(page, '80');
    await page.click('#reshard-cancel');
    await page.locator('#reshard-plan').waitFor({ state: 'hidden' });
    assert.ok(posted().every(({ dryRun }) => dryRun));
  });

  it('says why it is refused', async (test) => {
    const { page, world } = await open(test);
    world.refusals['POST /reshard'] = { status: 409, error: 'only 3 identifies are left' };
    await page.fill('#reshard-total', '8');
    await page.click('#reshard-preview');
    await shown(page, '#reshard-result', 'Not done: only 3 identifies are left');
    assert.equal(await page.locator('#reshard-plan:visible').count(), 0);
  });

  it('is rolled back after a question', async (test) => {
    const { page, admin, world } = await open(test);
    world.startReshard({ totalShards: 8 });
    await page.click('#rollback');
    await page.click('#rollback-no');
    await page.locator('#rollback-question').waitFor({ state: 'hidden' });
    assert.equal(admin.asked('DELETE', '/reshard').length, 0);
    await page.click('#rollback');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'rollback-yes');
    await page.keyboard.press('Enter');
    await shown(page, '#reshard-phase', 'Not resharding. Last time: rolled back by hand.');
    assert.equal(admin.asked('DELETE', '/reshard').length, 1);
  });
});
