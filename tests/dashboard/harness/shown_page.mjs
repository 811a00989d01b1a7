import { openPage } from './browser.mjs';
import { FakeAdmin } from './fake_admin.mjs';
import { World, states } from './world.mjs';

/** The page on a world of 16 shards, all of them shown. */
export async function openShown(
  browser,
  test,
  { world = new World({ shards: 16, shardsPerWorker: 4 }), ...options } = {},
) {
  const admin = await FakeAdmin.start(test, world);
  const { page, problems } = await openPage(browser, test, { url: admin.url, ...options });
  await page.locator(`.cell >> nth=${world.shards.length - 1}`).waitFor();
  return { admin, world, page, problems };
}

/** The same with a shard in every state, and of every pace. */
export function openEveryState(browser, test, options) {
  const world = new World({ shards: 16, shardsPerWorker: 4 });
  Object.keys(states).forEach((state, id) => world.setState(id, state, 40));
  [100, 250, 500].forEach((rtt, index) => world.setState(7 + index, 'connected', rtt));
  return openShown(browser, test, { world, ...options });
}

export const cell = (page, id) => page.locator(`#serving .cell[data-id="${id}"]`);
