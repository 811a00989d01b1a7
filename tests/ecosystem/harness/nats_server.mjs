import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { Child } from './child.mjs';
import { reservePort } from './daemon.mjs';
import { until } from './until.mjs';

const fetched = join(dirname(process.env.GATEHOUSE_BIN), 'tools', 'nats-server');

/** The nats-server to run; undefined where there is none. */
export const natsServerBinary =
  process.env.GATEHOUSE_NATS_SERVER ?? (existsSync(fetched) ? fetched : undefined);

/** One with JetStream, its files in a folder of its own. */
export class NatsServer extends Child {
  static async start(test) {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-nats-'));
    const port = await reservePort();
    const server = new NatsServer(natsServerBinary, [
      ...['--addr', '127.0.0.1', '--port', String(port)],
      ...['--jetstream', '--store_dir', folder],
    ]);
    test.after(async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    });
    await until([server], () => server.output.includes('Server is ready'), 'the NATS server');
    server.url = `nats://127.0.0.1:${port}`;
    return server;
  }
}
