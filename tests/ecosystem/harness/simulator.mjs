import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Child } from './child.mjs';
import { until } from './until.mjs';

/** Shaped as Discord's are: the first part is the application's id in base64. */
export const token = `${btoa('900000000000000001')}.simulated.token`;

/** Every intent there is, privileged ones too. */
export const allIntents = 0x331ffff;

/** `gatehouse-sim`, a Discord of a test's own. */
export class Simulator extends EventEmitter {
  restUrl;
  /** Trust anchor for clients, when REST and gateway speak TLS. */
  caFile;
  #child;

  /**
   * Sends `events` numbered events once all shards are there. `faults` are in the words of the
   * command line; `heartbeatInterval` and `interactionDeadline` are in milliseconds.
   */
  static async start(
    test,
    { shards, guilds, events, tls, heartbeatInterval, interactionDeadline, faults = [] },
  ) {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-sim-'));
    const simulator = new Simulator();
    const readyFile = join(folder, 'ready.json');
    const args = ['--json', `--token=${token}`, `--ready-file=${readyFile}`];
    args.push(`--shards=${shards}`, `--max-concurrency=${shards}`, `--guilds=${guilds}`);
    if (events) args.push(`--flood=${events}`);
    if (heartbeatInterval) args.push(`--heartbeat-interval-ms=${heartbeatInterval}`);
    if (interactionDeadline) args.push(`--interaction-deadline-ms=${interactionDeadline}`);
    for (const fault of faults) args.push(`--fault=${fault}`);
    if (tls) {
      simulator.caFile = join(folder, 'ca.pem');
      args.push('--tls', `--ca-file-out=${simulator.caFile}`);
    }

    const watcher = watch(folder, () => simulator.emit('change'));
    simulator.#child = new Child(process.env.GATEHOUSE_SIM_BIN, args);
    simulator.#child.on('change', () => simulator.emit('change'));
    test.after(async () => {
      await simulator.#child.stop();
      await rm(folder, { recursive: true, force: true });
    });
    try {
      await until([simulator], () => existsSync(readyFile), 'the simulator to be ready');
    } finally {
      watcher.close();
    }
    simulator.restUrl = JSON.parse(await readFile(readyFile, 'utf8')).rest_url;
    return simulator;
  }

  get running() {
    return this.#child.running;
  }

  describe() {
    return this.#child.describe();
  }

  /** Stops the simulator and resolves with its statistics. */
  async finish() {
    let printed = '';
    this.#child.on('line', (line) => {
      printed = line;
    });
    const exit = await this.#child.stop();
    assert.deepEqual(exit, { code: 0, signal: null }, this.describe());
    return JSON.parse(printed).simulator;
  }
}
