/** How the page is used and looks: keyboard, colours, a phone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { launchBrowser, shown } from './harness/browser.mjs';
import { cell, openEveryState, openShown } from './harness/shown_page.mjs';
import { World, states } from './harness/world.mjs';

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

const open = (test, options) => openShown(browser, test, options);
const everyState = (test, options) => openEveryState(browser, test, options);
const focusedShard = (page) => page.evaluate(() => document.activeElement.dataset.id);

describe('keyboard', { concurrency: 4 }, () => {
  it('skips to the shards', async (test) => {
    const { page } = await open(test);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the shards');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'shards');
  });

  it('has one stop in the grid, and arrows from there', async (test) => {
    const { page } = await open(test);
    assert.equal(await page.locator('.cell[tabindex="0"]').count(), 1);
    await page.locator('.legend-entry').last().focus();
    await page.keyboard.press('Tab');
    assert.equal(await focusedShard(page), '0');
    const columns = await page.evaluate(() => {
      const cells = [...document.querySelectorAll('#serving .cell')];
      return cells.filter(({ offsetTop }) => offsetTop === cells[0].offsetTop).length;
    });
    assert.ok(columns > 1 && columns < 16);
    const steps = [
      ['ArrowRight', 1],
      ['ArrowDown', 1 + columns],
      ['ArrowLeft', columns],
      ['ArrowUp', 0],
      ['ArrowUp', 0],
      ['ArrowLeft', 0],
      ['End', 15],
      ['ArrowRight', 15],
      ['Home', 0],
    ];
    for (const [key, id] of steps) {
      await page.keyboard.press(key);
      assert.equal(await focusedShard(page), String(id), key);
    }
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.locator('.cell[tabindex="0"]').count(), 1);
    assert.equal(await page.locator('.cell[tabindex="0"]').getAttribute('data-id'), '1');
    const outline = await cell(page, 1).evaluate((node) => getComputedStyle(node).outlineWidth);
    assert.equal(outline, '3px');
  });

  it('opens a shard with Enter, and returns to it', async (test) => {
    const { page, world } = await open(test);
    await cell(page, 7).focus();
    await shown(page, '#tip', 'Shard 7: connected');
    await page.keyboard.press('Enter');
    await shown(page, '#shard[open] h2', 'Shard 7');
    await shown(page, '#shard-facts', 'session-7');
    world.shards[7].sessionId = 'another';
    await shown(page, '#shard-facts', 'another');
    await page.keyboard.press('Escape');
    await page.locator('#shard').waitFor({ state: 'hidden' });
    assert.equal(await focusedShard(page), '7');
  });

  it('finds a shard by its number, and the next one in a state', async (test) => {
    const { page } = await everyState(test);
    await page.fill('#find-id', '12');
    await page.press('#find-id', 'Enter');
    assert.equal(await focusedShard(page), '12');
    await page.click('.legend-entry:has-text("resuming")');
    assert.equal(await focusedShard(page), '5');
    await page.fill('#find-id', '99');
    await page.press('#find-id', 'Enter');
    assert.equal(await page.locator('#find-id:invalid').count(), 1);
  });
});

/** WCAG 2: (lighter + 0.05) / (darker + 0.05) of relative luminances. */
function contrast(one, other) {
  const luminance = (colour) => {
    const [r, g, b] = colour.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);

describe('looks', { concurrency: 4 }, () => {
  it('tells states apart without colour', async (test) => {
    const { page } = await everyState(test);
    const letters = await page.$$eval('.legend-entry .swatch', (nodes) =>
      nodes.map((node) => getComputedStyle(node, '::after').content),
    );
    assert.equal(new Set(letters).size, Object.keys(states).length);
    const notes = await page.$$eval('#serving .cell', (nodes) =>
      nodes.slice(0, 7).map((node) => node.dataset.note),
    );
    assert.deepEqual(notes, ['40 ms', ...Object.keys(states).slice(1)]);
  });

  for (const colorScheme of ['light', 'dark']) {
    it(`can be read: ${colorScheme}`, async (test) => {
      const { page } = await everyState(test, { colorScheme });
      const root = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      assert.equal(numbers(root)[0] < 128, colorScheme === 'dark');
      const pairs = await page.evaluate(() => {
        const opaque = (node) => {
          const { backgroundColor, backgroundImage } = getComputedStyle(node);
          const stop = backgroundImage.match(/rgb\([^)]*\)(?= [\d.]+px\)$)/)?.[0];
          if (stop) return stop;
          return backgroundColor === 'rgba(0, 0, 0, 0)' ? opaque(node.parentElement) : backgroundColor;
        };
        const places = '.cell, button, .quiet, dt, dd, th, td, .log time, .log .level, .legend-pace';
        return [...document.querySelectorAll(places)]
          .filter((node) => node.checkVisibility())
          .map((node) => ({
            what: `${node.tagName} ${node.className} ${node.dataset.state ?? ''} ${node.dataset.pace ?? ''}`,
            text: getComputedStyle(node).color,
            behind: opaque(node),
          }));
      });
      assert.ok(pairs.length > 50);
      for (const { what, text, behind } of pairs) {
        const ratio = contrast(numbers(text).slice(0, 3), numbers(behind).slice(0, 3));
        assert.ok(ratio >= 4.5, `${what}: ${text} on ${behind}, ${ratio.toFixed(2)}`);
      }
    });
  }

  it('takes the theme chosen, and remembers it', async (test) => {
    const { page } = await open(test, { colorScheme: 'light' });
    const darkness = () =>
      page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await darkness();
    await page.click('#theme');
    await shown(page, '#theme', 'Theme: light');
    await page.click('#theme');
    await shown(page, '#theme', 'Theme: dark');
    const dark = await darkness();
    assert.notEqual(dark, light);
    await page.reload();
    await shown(page, '#theme', 'Theme: dark');
    assert.equal(await darkness(), dark);
  });

  for (const [what, viewport] of [['desk', { width: 1280, height: 800 }], ['phone', { width: 375, height: 812 }]]) {
    it(`has the handlers in sight without scrolling at 512 shards: ${what}`, async (test) => {
      const world = new World({ shards: 512, shardsPerWorker: 128 });
      world.remember(180);
      world.wrong = [{ short: 'handler down', text: 'handler http://127.0.0.1:9000/ does not take events' }];
      Object.assign(world.events, { retried: 5, refused: 12, dropped: 31 });
      const { page } = await open(test, { world, viewport, isMobile: what === 'phone' });
      await shown(page, '#reasons li', 'does not take events');
      await shown(page, '#plots .line', 'received 500/s');
      const { y, height } = await page.locator('#handlers').boundingBox();
      assert.ok(y + height <= viewport.height, `${y + height} pixels`);
    });
  }

  it('fits a phone', async (test) => {
    const long = 'x'.repeat(300);
    const world = new World({ shards: 16, shardsPerWorker: 4, handlers: [`http://h/${long}`] });
    world.say('warn', long);
    world.say('error', long, { shard: 1, event: 'GATEHOUSE_GAP' });
    world.missing = [long];
    world.queue.workers[0].handlers[0].lastError = long;
    Object.assign(world.reshard, { phase: 'loading', waitingFor: long });
    const viewport = { width: 375, height: 812 };
    const { page } = await open(test, { world, viewport, isMobile: true, hasTouch: true });
    await shown(page, '#log li', long);
    await shown(page, '#reshard-more', long);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.equal(width, 375);
    await cell(page, 3).tap();
    await shown(page, '#shard[open] h2', 'Shard 3');
    const { x, width: dialogWidth } = await page.locator('#shard').boundingBox();
    assert.ok(x >= 0 && x + dialogWidth <= 375);
  });
});
