import type { LineTiming } from '#contract/plan.ts';
import type { Exchanger, Scan } from '../../../collector/lines/exchange.ts';
import { ReadError } from '../../../collector/lines/read-error.ts';
import { dlt645Reader } from '../../../simulators/lines/dlt645-reader.ts';
import { FieldLine, type StreamReader } from '../../../simulators/lines/field-line.ts';
import type { World } from '../../../simulators/world/world.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Silences that a line owes: before a request, and after a reply that did not come or came damaged, ms. */
export type Silences = Pick<LineTiming, 'pauseMs' | 'quietMs'>;

interface VirtualLineParts {
  readonly world: World;
  readonly line: string;
  readonly time: VirtualTime;
  readonly replyTimeoutMs: number;
  readonly silences: Silences;
}

/**
 * A simulated DL/T 645 line in virtual time: the same meters with the same wire times, thinking times and faults, and a
 * collector that loses nothing between two requests.
 */
export class VirtualLine implements Exchanger {
  readonly #parts: VirtualLineParts;
  readonly #bitMs: number;
  readonly #reader: StreamReader;
  #received: Uint8Array = new Uint8Array();
  #damaged = false;

  constructor(parts: VirtualLineParts) {
    this.#parts = parts;
    const line = new FieldLine({ world: parts.world, line: parts.line, clock: parts.time });
    const { baudRate } = line.spec.timing;
    this.#bitMs = baudRate === null ? 0 : 1000 / baudRate;
    this.#reader = dlt645Reader(line, (bytes) => {
      this.#received = Uint8Array.from(Buffer.concat([this.#received, bytes]));
    });
  }

  async exchange<T>(request: Uint8Array, scan: Scan<T>): Promise<T> {
    const { time, silences, replyTimeoutMs } = this.#parts;
    this.#rest(this.#damaged ? Math.max(silences.quietMs, silences.pauseMs) : silences.pauseMs);
    this.#damaged = false;
    this.#received = new Uint8Array();
    this.#reader.receive(request);
    // Eleven bits a byte, as the simulators count them.
    const deadline = time.now() + request.length * 11 * this.#bitMs + replyTimeoutMs;
    do {
      const verdict = scan(this.#received);
      if (verdict.kind === 'frame') return verdict.value;
      if (verdict.kind === 'stray') this.#received = this.#received.slice(verdict.used);
      if (verdict.kind === 'damaged') throw this.#failed(new ReadError(verdict.reason, verdict.detail));
    } while (time.step(deadline));
    throw this.#failed(new ReadError('no_answer', `timeout ${replyTimeoutMs} ms`));
  }

  #failed(error: ReadError): ReadError {
    this.#damaged = true;
    return error;
  }

  #rest(ms: number): void {
    const { time } = this.#parts;
    const until = time.now() + ms;
    while (time.step(until));
  }
}
