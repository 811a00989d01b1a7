import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';

const keptOutput = 64 * 1024;

/**
 * A process of a test, ended by its id.
 *
 * Emits 'line' for each line of its standard output, 'report' for each message of a Node process,
 * and 'change' after any news, its end included.
 */
export class Child extends EventEmitter {
  /** What went to standard output and standard error, its last part. */
  output = '';
  #process;
  #exit = null;

  constructor(command, args, { environment = {}, ipc = false } = {}) {
    super();
    this.name = [command, ...args].join(' ');
    this.#process = spawn(command, args, {
      env: { ...process.env, ...environment },
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? ['ipc'] : [])],
    });
    this.#follow(this.#process.stdout, true);
    this.#follow(this.#process.stderr, false);
    this.#process.on('message', (report) => this.#tell('report', report));
    this.exited = new Promise((resolve) => {
      const finish = (code, signal) => {
        this.#exit = { code, signal };
        this.#tell('exit');
        resolve(this.#exit);
      };
      this.#process.on('close', finish);
      this.#process.on('error', (error) => {
        this.output += `${error}\n`;
        finish(null, null);
      });
    });
  }

  /** Starts a file with one argument, in JSON, on the Node that runs the test. */
  static node(file, argument, options = {}) {
    return new Child(process.execPath, [file, JSON.stringify(argument)], { ...options, ipc: true });
  }

  get running() {
    return this.#exit === null;
  }

  send(message) {
    this.#process.send(message);
  }

  /** Ends the process and resolves with `{code, signal}`; one that takes too long is an error. */
  async stop({ milliseconds = 10_000 } = {}) {
    if (!this.running) return this.#exit;
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), milliseconds);
    const exit = await this.exited;
    clearTimeout(timer);
    if (exit.signal === 'SIGKILL') throw new Error(`had to be killed: ${this.describe()}`);
    return exit;
  }

  describe() {
    const state = this.running ? 'running' : `ended with ${JSON.stringify(this.#exit)}`;
    return `${this.name}: ${state}, last output:\n${this.output.slice(-3000)}`;
  }

  #tell(event, value) {
    this.emit(event, value);
    this.emit('change');
  }

  #follow(stream, byLine) {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text) => {
      this.output = (this.output + text).slice(-keptOutput);
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      if (byLine) for (const line of lines) this.emit('line', line);
      this.emit('change');
    });
  }
}
