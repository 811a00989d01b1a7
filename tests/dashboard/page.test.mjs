/** What the page shows. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { launchBrowser, shown } from './harness/browser.mjs';
import { cell, openShown } from './harness/shown_page.mjs';
import { World, states } from './harness/world.mjs';

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

const open = (test, options) => openShown(browser, test, options);

describe('content', { concurrency: 4 }, () => {
  it('shows every shard, worker and handler, and how things stand', async (test) => {
    const { page, problems } = await open(test);
    assert.equal(await page.locator('.cell').count(), 16);
    await shown(page, '#headline', 'All 16 shards connected');
    assert.equal(await page.title(), 'All 16 shards connected · Gatehouse');
    assert.equal(await page.locator('#workers tbody tr').count(), 4);
    await shown(page, '#handlers tbody tr', 'http://127.0.0.1:9000/');
    await shown(page, '#budget', '990 of 1,000 left');
    await shown(page, '#process', 'version 0.1.0');
    assert.equal(await cell(page, 3).getAttribute('aria-label'), 'Shard 3, connected, round trip 45 ms');
    assert.deepEqual(problems, []);
  });

  it('follows: states, rates and reasons', async (test) => {
    const { page, world } = await open(test);
    const icon = await page.getAttribute('#icon', 'href');
    world.setState(5, 'disconnected');
    world.ready = false;
    world.missing = ['1 of 16 shards not connected: 5'];
    world.queue.workers[2].handlers[0].state = 'down';
    world.queue.workers[2].handlers[0].lastError = 'connection refused';
    const text = 'handler http://127.0.0.1:9000/ does not take events for 1 of 4 workers: connection refused';
    world.wrong = [{ short: 'handler down', text }];
    world.flow(500);
    await page.locator('.cell[data-id="5"][data-state="disconnected"]').waitFor();
    await shown(page, '#headline', 'Attention: handler down');
    await shown(page, '#reasons li', 'does not take events for 1 of 4 workers: connection refused');
    await shown(page, '#reasons li', '1 of 16 shards not connected: 5');
    await shown(page, '#handlers tbody tr', 'down (1 of 4)');
    await page.waitForFunction(() => /[1-9].*\/s/.test(document.querySelector('#figures').innerText));
    await shown(page, '#announcement', 'Attention: handler down');
    assert.notEqual(await page.getAttribute('#icon', 'href'), icon);
  });

  it('says what a route refuses, and goes on with the others', async (test) => {
    const world = new World({ shards: 16, shardsPerWorker: 4 });
    world.refusals['GET /queue'] = { status: 503, error: 'workers are busy' };
    const { page } = await open(test, { world });
    await shown(page, '#queue-error', 'workers are busy');
    await shown(page, '#headline', 'All 16 shards connected');
    delete world.refusals['GET /queue'];
    await page.locator('#queue-error').waitFor({ state: 'hidden' });
  });

  it('says what is kept on disk', async (test) => {
    const { page, world } = await open(test);
    Object.assign(world.queue.spool, { events: 3, bytes: 2048 });
    await shown(page, '#storage', 'On disk: 3 events, 2 KiB of 1 GiB.');
    world.queue.spool = null;
    await shown(page, '#storage', 'Events are kept in memory only.');
  });

  it('shows the new set beside the serving one', async (test) => {
    const { page, world } = await open(test);
    world.addSecondSet(20);
    world.shards.at(-1).state = states.identifying;
    await page.locator('#next-shards .cell >> nth=19').waitFor();
    await shown(page, '#next-title', 'New set, not serving yet');
    assert.equal(await page.locator('#serving .cell').count(), 16);
    world.shards.length = 16;
    await page.locator('#next').waitFor({ state: 'hidden' });
  });

  it('has one line for all that is 0 on a good day, and shows it when it is not', async (test) => {
    const { page, world } = await open(test);
    await shown(page, '#nothing-of', 'Nothing: queued, on disk, oldest event, retried, refused, dropped, gaps.');
    assert.equal(await page.locator('.figure:has-text("Dropped")').count(), 0);
    world.events.dropped = 3;
    await shown(page, '.figure[data-level="busy"]', 'Dropped');
    await shown(page, '#nothing-of', 'Nothing: queued, on disk, oldest event, retried, refused, gaps.');
  });

  it('keeps a figure for a while that is 0 again', async (test) => {
    const { page, world } = await open(test);
    await page.clock.install();
    await page.reload();
    await shown(page, '.figure:has-text("In flight") dd', '8');
    for (const worker of world.workers) worker.inFlight = 0;
    await shown(page, '.figure:has-text("In flight") dd', '0');
    await page.clock.fastForward(10_000);
    await shown(page, '#nothing-of', 'in flight');
    assert.equal(await page.locator('.figure:has-text("In flight")').count(), 0);
  });

  it('shows what led up to now in a tab that has just been opened', async (test) => {
    const world = new World({ shards: 16, shardsPerWorker: 4 });
    world.remember(180, (i) => (i < 100 ? {} : { delivered: 0, queued: (i - 99) * 2500, p50Ms: null, p95Ms: null, p99Ms: null }));
    const { page } = await open(test, { world });
    await shown(page, '#plots .line', 'received 500/s');
    await shown(page, '#plots .line', 'delivered 0/s');
    for (const name of ['p50', 'p95', 'p99']) await shown(page, '#plots .line', `${name} –`);
    await shown(page, '#plots .quiet', 'at most 20 ms');
    await shown(page, '#history-since', 'since ');
    assert.equal(await page.locator('#plots figure:first-child .line i').count(), 2);
    const [received, delivered] = await page.$$eval('#plots figure:first-child path', (paths) =>
      paths.map((path) => path.getAttribute('d')),
    );
    assert.ok(received.startsWith('M') && received.split('L').length === 180);
    assert.notEqual(received, delivered);
    await page.selectOption('#history-span', '60');
    await page.waitForFunction(
      (before) => document.querySelector('#plots path').getAttribute('d') !== before,
      received,
    );
  });

  it('says that a daemon without a past has just begun', async (test) => {
    const { page } = await open(test);
    await shown(page, '#history-empty', 'The daemon has just begun.');
  });

  it('has events by type and reconnects by cause, the most first', async (test) => {
    const world = new World({ shards: 16, shardsPerWorker: 4 });
    world.counters = {
      events: [
        { event: 'GUILD_CREATE', received: 5, filtered: 0, forwarded: 5 },
        { event: 'TYPING_START', received: 9000, filtered: 8000, forwarded: 1000 },
      ],
      reconnects: [{ cause: 'op_7', count: 2 }, { cause: 'zombie', count: 7 }],
    };
    const { page } = await open(test, { world });
    await shown(page, '#event-types tbody tr:first-child', 'TYPING_START');
    await shown(page, '#reconnects tbody tr:first-child', 'zombie');
    await page.locator('#no-reconnects').waitFor({ state: 'hidden' });
  });

  it('says about how long those that identify will take', async (test) => {
    const { page, world } = await open(test);
    for (let id = 4; id < 16; ++id) world.setState(id, 'unidentified');
    world.gate.waiting = 12;
    await shown(page, '.figure', 'in about 1 min 4 s');
    await shown(page, '#budget-more', '12 shards waiting, about 1 min 4 s to go');
    world.gate.waiting = 0;
    await page.locator('.figure:has-text("All identified")').waitFor({ state: 'detached' });
  });

  it('has refusals and gaps with time and shard, the newest first', async (test) => {
    const world = new World({ shards: 16, shardsPerWorker: 4 });
    world.say('info', '[shard] shard 3: connected', { shard: 3 });
    world.say('warn', '[shard] shard 3: session lost after seq 812', { shard: 3, event: 'GATEHOUSE_GAP' });
    const { page } = await open(test, { world });
    await shown(page, '#incident-rows tbody tr', 'gap');
    const refusal = { shard: 7, status: 400, event: 'MESSAGE_CREATE', event_id: 'a:1', url: 'http://h/' };
    world.say('error', '[delivery] worker 0: handler http://h/ refused MESSAGE_CREATE', refusal);
    await shown(page, '#incident-rows tbody tr:first-child', 'handler http://h/ refused MESSAGE_CREATE');
    const cells = await page.locator('#incident-rows tbody tr').evaluateAll((rows) =>
      rows.map((row) => [...row.children].slice(1, 3).map((cell) => cell.textContent)),
    );
    assert.deepEqual(cells, [['7', 'refused'], ['3', 'gap']]);
    assert.match(await page.textContent('#incident-rows tbody th'), /^\d\d:\d\d:\d\d$/);
    for (let number = 2; number < 100; ++number) {
      world.say('error', `refusal ${number}`, { ...refusal, event_id: `a:${number}` });
    }
    await shown(page, '#incident-rows tbody tr:first-child', 'refusal 99');
    await shown(page, '#incident-rows tbody tr:last-child', 'gap');
    assert.equal(await page.locator('#incident-rows tbody tr').count(), 21);
  });

  it('says how many dead letters there are, and how they are sent again', async (test) => {
    const { page, world } = await open(test);
    await shown(page, '#headline', 'All 16 shards connected');
    assert.equal(await page.locator('#incidents:visible').count(), 0);
    Object.assign(world.queue.deadLetters, { onDisk: 12, bytes: 4096, lost: 2 });
    await shown(page, '#letters', '12 events in the dead letters, 4 KiB of 256 MiB. 2 more could not be kept.');
    await shown(page, '#letters', 'gatehouse dead-letters replay');
  });

  it('never makes markup of what the daemon says', async (test) => {
    const evil = '<img src=x onerror="window.hacked=1">"><script>window.hacked=1</script>';
    const world = new World({ shards: 16, shardsPerWorker: 4, handlers: [`http://h/${evil}`] });
    world.say('error', evil);
    world.missing = [evil];
    world.shards[2].sessionId = evil;
    world.queue.workers[0].handlers[0].lastError = evil;
    world.queue.workers[0].dropped = [{ event: evil, reason: evil, count: 1 }];
    Object.assign(world.reshard, { phase: 'loading', waitingFor: evil });
    world.refusals['POST /shards/2/reconnect'] = { status: 409, error: evil };
    const { page, problems } = await open(test, { world });
    await cell(page, 2).click();
    await page.click('#shard-reconnect');
    for (const place of ['.log .text', '#reasons li', '#handlers tbody th', '#handlers td.text',
      '#dropped-events th', '#reshard-more', '#shard-facts dd', '#shard-result']) {
      await shown(page, place, evil);
    }
    assert.equal(await page.locator('img, script[src], script:not([type=module])').count(), 0);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    const own = problems.filter((text) => !text.startsWith('Failed to load resource'));
    assert.deepEqual(own, []);
  });

  it('refuses markup made of text wherever it comes from', async (test) => {
    const { page } = await open(test);
    const refused = await page.evaluate(() => {
      try {
        document.body.innerHTML = '<b>markup</b>';
        return '';
      } catch (error) {
        return error.name;
      }
    });
    assert.equal(refused, 'TypeError');
  });
});

describe('log', { concurrency: 4 }, () => {
  const texts = (page) => page.locator('#log li:visible .text').allTextContents();

  it('shows lines once, new ones last, and of the level asked for', async (test) => {
    const world = new World({ shards: 16, shardsPerWorker: 4 });
    world.say('info', 'first');
    world.say('warning', 'second');
    const { page } = await open(test, { world });
    await shown(page, '#log li', 'second');
    world.say('error', 'third');
    await shown(page, '#log li', 'third');
    assert.deepEqual(await texts(page), ['first', 'second', 'third']);
    await page.selectOption('#log-level', 'warn');
    assert.deepEqual(await texts(page), ['second', 'third']);
    await page.selectOption('#log-level', 'error');
    assert.deepEqual(await texts(page), ['third']);
  });

  it('finds lines by their words and by what they are about', async (test) => {
    const world = new World({ shards: 16, shardsPerWorker: 4 });
    world.say('info', 'connected', { shard: 7, worker: 1 });
    world.say('warning', 'connection lost', { shard: 77, worker: 1 });
    world.say('error', 'the disk is full');
    const { page } = await open(test, { world });
    await shown(page, '#log li', 'the disk is full');
    await page.fill('#log-search', 'CONNECT');
    assert.deepEqual(await texts(page), ['connected', 'connection lost']);
    await page.fill('#log-search', 'shard=7 ');
    assert.deepEqual(await texts(page), ['connected']);
    world.say('info', 'resumed', { shard: 7 });
    await shown(page, '#log li', 'resumed');
    assert.deepEqual(await texts(page), ['connected', 'resumed']);
    await page.fill('#log-search', 'nothing of the kind');
    await page.locator('#log-empty').waitFor();
  });

  it('keeps 600 lines and the last one in sight', async (test) => {
    const { page, world } = await open(test);
    for (let number = 1; number <= 900; ++number) world.say('info', `line ${number}`);
    await shown(page, '#log li', 'line 900');
    assert.equal(await page.locator('#log li').count(), 600);
    const hidden = await page.evaluate(() => {
      const { scrollHeight, scrollTop, clientHeight } = document.getElementById('log');
      return scrollHeight - scrollTop - clientHeight;
    });
    assert.ok(hidden < 2, `${hidden} pixels below`);
  });
});

describe('shard details', { concurrency: 4 }, () => {
  it('makes a shard reconnect', async (test) => {
    const { page, admin } = await open(test);
    await cell(page, 4).click();
    await page.click('#shard-reconnect');
    await shown(page, '#shard-result', 'Reconnecting.');
    const [{ body }] = admin.asked('POST', '/shards/4/reconnect');
    assert.deepEqual(body, { mode: 'resume' });
  });
});
