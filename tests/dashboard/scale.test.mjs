/** 2,000 shards: what changes is written, the rest is left alone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { launchBrowser, openPage } from './harness/browser.mjs';
import { FakeAdmin } from './harness/fake_admin.mjs';
import { World, states } from './harness/world.mjs';

const shards = 2000;

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

async function open(test, options = {}) {
  const world = new World({ shards, shardsPerWorker: 250 });
  const admin = await FakeAdmin.start(test, world);
  const { page, problems } = await openPage(browser, test, { url: admin.url, ...options });
  await page.locator(`.cell >> nth=${shards - 1}`).waitFor({ state: 'attached' });
  return { admin, world, page, problems };
}

describe('2,000 shards', { concurrency: 4 }, () => {
  it('are one element each', async (test) => {
    const { page, problems } = await open(test);
    assert.equal(await page.locator('.cell').count(), shards);
    const elements = await page.locator('*').count();
    assert.ok(elements < shards + 1000, `${elements} elements`);
    assert.equal(await page.locator('.cell[tabindex="0"]').count(), 1);
    assert.deepEqual(problems, []);
  });

  it('are touched only where something has changed', async (test) => {
    const { page, world } = await open(test);
    await page.evaluate(() => {
      window.first = document.querySelector('.cell');
      window.touched = new Set();
      window.rebuilt = 0;
      new MutationObserver((records) => {
        for (const { type, target } of records) {
          if (type === 'childList') ++window.rebuilt;
          else window.touched.add(target.dataset.id);
        }
      }).observe(document.getElementById('serving'), {
        attributes: true,
        childList: true,
        subtree: true,
      });
    });
    world.setState(7, 'resuming');
    world.setState(1234, 'disconnected');
    world.shards[1999].rtt = 600;
    await page.locator('.cell[data-id="1999"][data-pace="3"]').waitFor();
    const seen = await page.evaluate(() => ({
      touched: [...window.touched].sort(),
      rebuilt: window.rebuilt,
      sameCell: window.first === document.querySelector('.cell'),
    }));
    assert.deepEqual(seen, { touched: ['1234', '1999', '7'], rebuilt: 0, sameCell: true });
  });

  it('are asked for less often than the rest', async (test) => {
    const { page, admin } = await open(test);
    const statusAsked = () => admin.asked('GET', '/status').length;
    const enough = statusAsked() + 4;
    while (statusAsked() < enough) await page.waitForResponse(/status$/);
    assert.ok(admin.asked('GET', '/shards').length <= statusAsked() / 2 + 1);
  });

  it('are all reached by keyboard', async (test) => {
    const { page, world } = await open(test);
    world.setState(1500, 'identifying');
    await page.click('.legend-entry:has-text("identifying")');
    const focused = () => page.evaluate(() => document.activeElement.dataset.id);
    assert.equal(await focused(), '1500');
    await page.keyboard.press('End');
    assert.equal(await focused(), '1999');
    await page.keyboard.press('PageUp');
    assert.ok(Number(await focused()) < 1999);
    await page.keyboard.press('Enter');
    await page.locator('#shard[open]').waitFor();
  });

  it('fit a phone', async (test) => {
    const { page } = await open(test, { viewport: { width: 375, height: 812 }, isMobile: true });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 375);
    const { height } = await page.locator('#serving').boundingBox();
    assert.ok(height <= 812, `${height} pixels`);
  });

  it('come and go with their set', async (test) => {
    const { page, world } = await open(test);
    world.addSecondSet(2400);
    await page.locator('#next-shards .cell >> nth=2399').waitFor({ state: 'attached' });
    world.shards = world.shards.filter(({ generation }) => generation === 1);
    world.shards[0].state = states.resuming;
    await page.locator('#serving .cell[data-id="0"][data-state="resuming"]').waitFor();
    assert.equal(await page.locator('#serving .cell').count(), 2400);
    assert.equal(await page.locator('#next-shards .cell').count(), 0);
    assert.equal(await page.locator('#serving .cell[tabindex="0"]').count(), 1);
  });
});
