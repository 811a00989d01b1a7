import { chromium } from 'playwright-core';

/** One browser for a test file; ended with it. */
export async function launchBrowser(after) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    // Test machines and containers run as root, where the sandbox does not.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  after(() => browser.close());
  return browser;
}

/** A tab of its own; `problems` has what its console and its scripts complain about. */
export async function openPage(browser, test, { url, ...options }) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  test.after(() => context.close());
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(`${error}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(url);
  return { page, problems };
}
