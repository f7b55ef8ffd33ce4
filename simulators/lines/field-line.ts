import { wholeSecond } from '../clock/local-time.ts';
import type { SimClock } from '../clock/sim-clock.ts';
import { type Fault, isActive } from '../faults/fault.ts';
import { seedOf } from '../load/hash.ts';
import { suffers } from '../world/condition.ts';
import type { SimMeter } from '../world/meter.ts';
import type { LineSpec, LineTiming, TerminalSpec } from '../world/spec.ts';
import type { World } from '../world/world.ts';
import { Bus, type BusAnswer, type BusStats } from './bus.ts';
import { type Reaction, reactionTo } from './reaction.ts';

export interface LineOptions {
  readonly world: World;
  /** Id of a line of the world. */
  readonly line: string;
  readonly clock: SimClock;
  /** Instead of the line's own timing. */
  readonly timing?: LineTiming | undefined;
}

/** Reads one byte stream of a line; `send` writes to the same stream. */
export interface StreamReader {
  /** False: what came is of another protocol and the stream should be closed. */
  receive(bytes: Uint8Array): boolean;
}
export type StreamReaderFactory = (line: FieldLine, send: (bytes: Uint8Array) => void) => StreamReader;

/** One line of the world with its bus: what all servers share, whatever the protocol and the medium. */
export class FieldLine {
  readonly world: World;
  readonly spec: LineSpec;
  readonly clock: SimClock;
  readonly meters: readonly SimMeter[];
  readonly #bus: Bus;
  readonly #replies = new Map<string, number>();
  /** Times that a meter which disagrees with itself was asked each question. */
  readonly #asked = new Map<string, number>();

  constructor({ world, line, clock, timing }: LineOptions) {
    this.world = world;
    this.spec = world.line(line);
    this.clock = clock;
    this.meters = world.metersOn(line);
    this.#bus = new Bus(timing ?? this.spec.timing, clock, seedOf(line, world.spec.seed));
  }

  get stats(): BusStats {
    return this.#bus.stats;
  }

  get isOffline(): boolean {
    return this.world.isOffline(this.spec.id, this.clock.now());
  }

  /** The fault of this kind that strikes the line as a whole now. */
  fault(kind: Fault['kind']): Fault | undefined {
    const now = this.clock.now();
    return this.world.faults
      .list()
      .find((fault) => fault.kind === kind && fault.target.id === this.spec.id && isActive(fault, now));
  }

  /**
   * Takes a request. `answer` is asked when the request has its turn; it names the meter that is meant and encodes its
   * reply as the faults of the meter want it.
   */
  submit(
    requestBytes: number,
    send: (bytes: Uint8Array) => void,
    answer: (atMs: number) => MeterAnswer | undefined,
  ): void {
    this.#bus.submit({ requestBytes, send, answer: () => this.#answer(answer) });
  }

  close(): void {
    this.#bus.close();
  }

  /** The answer, or a lie where a meter that disagrees with itself is asked the same for the second time. */
  #honest(ask: (atMs: number) => MeterAnswer | undefined, now: number): MeterAnswer | undefined {
    const answer = ask(now);
    if (!answer || !suffers(answer.meter.faults, 'disagree', wholeSecond(now))) return answer;
    const key = `${answer.meter.spec.id} ${answer.item}`;
    const times = (this.#asked.get(key) ?? 0) + 1;
    this.#asked.set(key, times);
    if (times % 2 === 1) return answer;
    const lie = answer.meter.lying(() => ask(now));
    return lie && { ...lie, encode: (reaction, nth) => lie.meter.lying(() => lie.encode(reaction, nth)) };
  }

  #answer(ask: (atMs: number) => MeterAnswer | undefined): BusAnswer | null {
    const now = this.clock.now();
    const answer = this.#honest(ask, now);
    if (!answer?.meter.canAnswer(now)) return null;
    const { id } = answer.meter.spec;
    const nth = (this.#replies.get(id) ?? 0) + 1;
    const reaction = reactionTo(answer.meter.faults, now, nth);
    if (reaction.silent) return null;
    this.#replies.set(id, nth);
    return { bytes: answer.encode(reaction, nth), delayMs: reaction.delayMs, late: reaction.late };
  }
}

export interface MeterAnswer {
  readonly meter: SimMeter;
  /** What was asked, the same text for the same question. */
  readonly item: string;
  encode(reaction: Reaction, nth: number): Uint8Array;
}

/** The same reader on a line that may drop its connection: what it says then is that the stream should be closed. */
export function droppable(line: FieldLine, reader: StreamReader): StreamReader {
  return {
    receive: (bytes) => {
      const before = line.stats.requests;
      const goesOn = reader.receive(bytes);
      const every = line.fault('drops-connection')?.params.every;
      const drops = every !== undefined && Math.floor(line.stats.requests / every) > Math.floor(before / every);
      return goesOn && !drops;
    },
  };
}

/** The terminal at the head of a line. Throws when its kind of line has none. */
export function terminalOf({ spec }: FieldLine): TerminalSpec {
  if (!spec.terminal) throw new Error(`BUG: line ${spec.id} of kind ${spec.kind} has no terminal`);
  return spec.terminal;
}
