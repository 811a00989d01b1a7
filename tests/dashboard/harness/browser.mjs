import { chromium } from 'playwright-core';

/** Only a failure waits as long. */
const deadline = 45_000;

export function launchBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    // Test machines and containers run as root, where the sandbox does not.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}

/** A tab of its own; `problems` has what its console and its scripts complain about. */
export async function openPage(browser, test, { url, ...options }) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  test.after(() => context.close());
  context.setDefaultTimeout(deadline);
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(`${error}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(url);
  return { page, problems };
}

/** Waits for an element that shows this text. */
export function shown(page, selector, hasText) {
  return page.locator(selector, { hasText }).first().waitFor();
}
