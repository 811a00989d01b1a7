import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Child } from './child.mjs';

const tomlTable = ([name, keys]) =>
  [
    `[${name}]`,
    ...Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)}`),
    '',
  ].join('\n');

/** A port that was free a moment ago. */
export async function reservePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** `gatehouse run` with a configuration file and a state of its own. */
export class Daemon extends Child {
  /** `tables`: the configuration by table and key; `state` is filled in. */
  static async start(test, tables) {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-daemon-'));
    const file = join(folder, 'gatehouse.toml');
    const all = { ...tables, state: { dir: join(folder, 'state') } };
    await writeFile(file, Object.entries(all).map(tomlTable).join('\n'));

    const daemon = new Daemon(process.env.GATEHOUSE_BIN, ['run', '--config', file]);
    test.after(async () => {
      await daemon.stop();
      await rm(folder, { recursive: true, force: true });
    });
    return daemon;
  }

  /** Stops as an operator does, and checks that it went well. */
  async close() {
    const exit = await this.stop();
    assert.deepEqual(exit, { code: 0, signal: null }, this.describe());
  }
}
