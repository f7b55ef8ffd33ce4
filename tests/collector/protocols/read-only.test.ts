import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanMeter } from '#contract/plan.ts';
import { QUANTITY_NAMES } from '#contract/quantities.ts';
import type { TaskKind } from '#contract/tasks.ts';
import type { Clock } from '#platform/clock.ts';
import type { Exchanger, Scan } from '../../../collector/lines/exchange.ts';
import { ReadError } from '../../../collector/lines/read-error.ts';
import { findFrame as find645 } from '../../../collector/protocols/dlt645/frame.ts';
import { Dlt645Reader } from '../../../collector/protocols/dlt645/reader.ts';
import { Dlt645v1997Reader } from '../../../collector/protocols/dlt645-1997/reader.ts';
import { findFrame as find698 } from '../../../collector/protocols/dlt698/frame.ts';
import { Dlt698Reader } from '../../../collector/protocols/dlt698/reader.ts';
import { isReadFrame } from '../../../collector/protocols/gdw376/read-frame.ts';
import type { MeterReader } from '../../../collector/protocols/meter-reader.ts';
import { ModbusReader } from '../../../collector/protocols/modbus/reader.ts';
import { encodeReply } from '../../support/dlt645-reply.ts';
import { clockAt, local, meterOf, taskOf, ZONE } from './dlt645/reader-support.ts';
import { frameOf } from './dlt698/meter-frames.ts';

/** What a meter does with one request: how it answers, and with what content. */
interface Whim {
  readonly how: number;
  readonly content: Uint8Array;
}
type Answering = (request: Uint8Array, whim: Whim) => Uint8Array;

const NOW = local('2026-11-20 10:30');
const KINDS: readonly TaskKind[] = ['instant', 'freeze-day', 'freeze-month', 'profile', 'event'];
const MOST_REQUESTS = 200;
/** Sleeps take no time. */
const CLOCK: Clock = { ...clockAt(NOW, 7), sleep: async () => {} };

/** A line on which a meter answers as it likes; keeps all that went out. */
class Moody implements Exchanger {
  readonly sent: Uint8Array[] = [];
  readonly #answer: Answering;
  readonly #whims: readonly Whim[];

  constructor(answer: Answering, whims: readonly Whim[]) {
    this.#answer = answer;
    this.#whims = whims;
  }

  async exchange<T>(request: Uint8Array, scan: Scan<T>): Promise<T> {
    const whim = this.#whims[this.sent.length % this.#whims.length];
    this.sent.push(Uint8Array.from(request));
    if (this.sent.length > MOST_REQUESTS) throw new ReadError('line_down', 'enough', { next: 'reconnect' });
    let received = whim ? this.#answer(request, whim) : new Uint8Array();
    for (;;) {
      const verdict = scan(received);
      if (verdict.kind === 'frame') return verdict.value;
      if (verdict.kind === 'damaged') throw new ReadError(verdict.reason, verdict.detail, { lastBytes: received });
      if (verdict.kind === 'more') throw new ReadError('no_answer', 'timeout', { lastBytes: received });
      received = received.subarray(verdict.used);
    }
  }
}

const answer645: Answering = (request, { how, content }) => {
  const found = find645(request);
  if (found.kind !== 'frame' || how === 0) return content;
  const { address, control, data } = found.frame;
  if (how === 1) return encodeReply({ address, control: control | 0xc0, data: content.subarray(0, 1) });
  const more = how === 2 ? 0x20 : 0;
  const seq = control === 0x12 ? data.subarray(-1) : new Uint8Array();
  const di = data.subarray(0, control < 0x10 ? 2 : 4);
  return encodeReply({ address, control: control | 0x80 | more, data: Uint8Array.of(...di, ...content, ...seq) });
};

const answer698: Answering = (request, { how, content }) => {
  const found = find698(request);
  if (found.kind !== 'frame' || how === 0) return content;
  const [, service = 0, piid = 0] = found.frame.apdu;
  const block = found.frame.block;
  // A block of a split answer: the first, the next in the middle, or the last.
  if (block !== null)
    return frameOf({ apdu: content, block: ((block.number + 1) & 0xfff) | (how === 1 ? 0x4000 : 0xc000) });
  if (how === 1) return frameOf({ apdu: Uint8Array.of(0x85, service, piid, ...content), block: 0 });
  const oad = found.frame.apdu.subarray(3, 7);
  // The next block of the answer: an OAD and a number, more to come.
  if (how === 2)
    return frameOf({ apdu: Uint8Array.of(0x85, 5, piid, 0, 0, service === 5 ? 2 : 1, 1, 1, ...oad, 1, 0x11, 7, 0, 0) });
  return frameOf({ apdu: Uint8Array.of(0x85, service, piid, ...oad, ...content, 0, 0) });
};

const answerModbus: Answering = (request, { how, content }) => {
  if (how === 0) return content;
  const [high = 0, low = 0, , , , , unit = 0, code = 0] = request;
  const bytes = 2 * (request[11] ?? 0);
  const data = Uint8Array.from({ length: bytes }, (_, i) => content[i % content.length] ?? 0x53);
  const body = how === 1 ? [code | 0x80, (content[0] ?? 2) & 0x0f] : [code, bytes, ...data];
  return Uint8Array.of(high, low, 0, 0, 0, body.length + 1, unit, ...body);
};

/** Function 3 or 4 of Modbus TCP, and nothing behind it. */
function isModbusRead(bytes: Uint8Array): boolean {
  return bytes.length === 12 && bytes[5] === 6 && (bytes[7] === 3 || bytes[7] === 4);
}

interface Case {
  readonly models: readonly string[];
  readonly reader: (exchanger: Exchanger) => MeterReader;
  readonly answer: Answering;
  readonly isRead: (bytes: Uint8Array) => boolean;
  readonly address: string;
}

const parts = (exchanger: Exchanger) => ({ exchanger, clock: CLOCK, zone: ZONE, tries: () => 2 });
const CASES: readonly (readonly [string, Case])[] = [
  [
    'DL/T 645-2007',
    {
      models: ['dlt645-1ph', 'dlt645-3ph'],
      reader: (line) => new Dlt645Reader(parts(line)),
      answer: answer645,
      isRead: isReadFrame,
      address: '12345678',
    },
  ],
  [
    'DL/T 645-1997',
    {
      models: ['dlt645-1997-1ph'],
      reader: (line) => new Dlt645v1997Reader(parts(line)),
      answer: answer645,
      isRead: isReadFrame,
      address: '12345678',
    },
  ],
  [
    'DL/T 698.45',
    {
      models: ['dlt698-1ph', 'dlt698-3ph'],
      reader: (line) => new Dlt698Reader(parts(line)),
      answer: answer698,
      isRead: isReadFrame,
      address: '12345678',
    },
  ],
  [
    'Modbus',
    {
      models: ['sdm120', 'sunspec-3ph'],
      reader: (exchanger) => new ModbusReader({ exchanger, clock: CLOCK, protocol: 'modbus-tcp', tries: () => 2 }),
      answer: answerModbus,
      isRead: isModbusRead,
      address: '5',
    },
  ],
];

const whims = fc.array(
  fc.record({ how: fc.integer({ min: 0, max: 4 }), content: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
  { minLength: 1, maxLength: 12 },
);

describe('whatever a meter answers, all that goes out to it is a read', () => {
  it.each(CASES)('%s', async (_, { models, reader, answer, isRead, address }) => {
    const asked = fc.record({
      model: fc.constantFrom(...models),
      kind: fc.constantFrom(...KINDS),
      items: fc.subarray([...QUANTITY_NAMES], { minLength: 1 }),
      slot: fc.integer({ min: -400, max: 400 }).map((hours) => NOW + hours * 900_000),
    });
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(asked, whims, async ({ model, kind, items, slot }, moods) => {
        const line = new Moody(answer, moods);
        const meter: PlanMeter = { ...meterOf(model), address };
        const at = reader(line);
        const task = taskOf(kind, items);
        const reads = [
          () => at.read(meter, task, slot),
          () => at.readMany?.(meter, task, [slot, slot + 900_000]),
          () => at.probe(meter),
        ];
        for (const read of reads) await read()?.catch((error: unknown) => expect(error).toBeInstanceOf(ReadError));
        expect(line.sent.filter((bytes) => !isRead(bytes))).toEqual([]);
        sent += line.sent.length;
      }),
    );
    // A hundred meters that were not even asked would show nothing.
    expect(sent).toBeGreaterThan(100);
  });
});
