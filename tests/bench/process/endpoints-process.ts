import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** Address of a simulated endpoint that answers, by number from 1 on, or of one that never does. */
export function endpointHost(n: number, isDead = false): string {
  return `127.${isDead ? 2 : 1}.${n >> 8}.${n & 255}`;
}

/** The process that stands for all Modbus TCP endpoints. */
export class Endpoints {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(): Promise<Endpoints> {
    const child = fork(new URL('./endpoints.ts', import.meta.url));
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new Endpoints(child, port);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Requests answered so far. */
  async answers(): Promise<number> {
    const told = once(this.#child, 'message');
    this.#child.send('answers');
    const [{ answers }] = (await told) as [{ answers: number }];
    return answers;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}
