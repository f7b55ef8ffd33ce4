import fc from 'fast-check';
import modbus from 'modbus-serial';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '#platform/clock.ts';
import { Bus } from '../../../../collector/lines/bus.ts';
import { ReadError } from '../../../../collector/lines/read-error.ts';
import { SerialLink } from '../../../../collector/lines/serial-link.ts';
import { LinkPort, rtuFraming } from '../../../../collector/protocols/modbus/link-port.ts';
import { RegisterClient } from '../../../../collector/protocols/modbus/register-client.ts';
import type { RegisterRequest } from '../../../../collector/protocols/modbus/register-request.ts';
import { type Model, RtuUnits } from '../../../../collector/protocols/modbus/unit-reader.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { openPty } from '../../lines/raw-pty.ts';
import { StubLink } from '../../lines/stub-link.ts';
import { type Fate, RtuDevice, wordAt } from './rtu-device.ts';
import { rtuReply } from './rtu-wire.ts';

function modelWith(quantities: readonly number[]): Model {
  return { functionCode: 4, probe: { address: 900, quantities }, quirks: {} };
}

const MODEL = modelWith([2, 4, 6]);

describe('a serial device that answers register 100 only after register 200 was asked for', () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  /** Path of a port. Keeps its first reply back until the next request has come; the word of a register is its address. */
  function lateDevice(): string {
    const pty = openPty();
    closing.push(pty.hangUp);
    const kept: Uint8Array[] = [];
    let requests = 0;
    pty.onBytes((bytes) => {
      const words = Array.from({ length: bytes.readUInt16BE(4) }, (_, i) => bytes.readUInt16BE(2) + i);
      kept.push(rtuReply(bytes[0] ?? 0, bytes[1] ?? 0, words));
      if (requests++ > 0) for (const reply of kept.splice(0)) pty.send(reply);
    });
    return pty.path;
  }

  it('fools the bare library: it gives the value of register 100 for register 200, without an error', async () => {
    const client = new modbus.default();
    await client.connectRTUBuffered(lateDevice(), { baudRate: 9600 });
    client.setID(1);
    client.setTimeout(60);
    await expect(client.readInputRegisters(100, 1)).rejects.toMatchObject({ errno: 'ETIMEDOUT' });
    const { data } = await client.readInputRegisters(200, 1);
    expect(data).toEqual([100]);
    await new Promise<void>((resolve) => client.close(() => resolve()));
  });

  it('does not fool ours', async () => {
    const clock = systemClock();
    const settings = { path: lateDevice(), baudRate: 9600, parity: 'none', dataBits: 8, stopBits: 1 } as const;
    const link = new SerialLink(settings, clock);
    const timing = { replyTimeoutMs: 60, byteGapMs: 50, pauseMs: 0, quietMs: 0 };
    const bus = new Bus({ link, timing, clock, downReason: 'line_down' });
    const units = new RtuUnits(new RegisterClient(new LinkPort(bus, rtuFraming()), clock), clock);
    await link.open(new AbortController().signal);
    const ask = (address: number): Promise<Buffer> =>
      units.read({ unit: 1, functionCode: 4, address, quantity: 1 }, MODEL);
    await expect(ask(100)).rejects.toMatchObject({ reason: 'no_answer' });
    expect((await ask(200)).readUInt16BE(0)).toBe(200);
    expect(bus.counters).toMatchObject({ requests: 3, replies: 2, strays: 1 });
    await link.close();
  });
});

const fate: fc.Arbitrary<Fate> = fc.record({
  kind: fc.constantFrom('reply', 'reply', 'reply', 'lost', 'exception'),
  delayMs: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 500 })),
  againAfterMs: fc.option(fc.integer({ min: 0, max: 300 }), { freq: 2 }),
});
interface Question {
  readonly unit: number;
  readonly address: number;
  readonly quantity: number;
  readonly pauseMs: number;
}
const question: fc.Arbitrary<Question> = fc.record({
  unit: fc.constantFrom(1, 2),
  address: fc.constantFrom(100, 101, 200, 300, 900),
  quantity: fc.constantFrom(1, 2, 2, 2, 4),
  pauseMs: fc.constantFrom(0, 0, 20, 150),
});
interface Story {
  readonly fates: readonly Fate[];
  readonly questions: readonly Question[];
  readonly quietMs: number;
  readonly probes?: readonly number[];
}
const story: fc.Arbitrary<Story> = fc.record({
  fates: fc.array(fate, { maxLength: 25 }),
  questions: fc.array(question, { minLength: 2, maxLength: 10 }),
  quietMs: fc.constantFrom(0, 30),
  // With two lengths alone the probes themselves cannot always be told apart.
  probes: fc.constantFrom([2, 4], [2, 4, 6], [2, 4, 6, 8]),
});

type Ask = (request: RegisterRequest) => Promise<Buffer>;

/** Plays a story and returns what was answered wrongly. */
async function play(told: Story, make: (client: RegisterClient, clock: ManualClock, model: Model) => Ask) {
  const { fates, questions, quietMs, probes = [2, 4, 6] } = told;
  const clock = new ManualClock(0);
  const link = new StubLink();
  const timing = { replyTimeoutMs: 100, byteGapMs: 20, pauseMs: 5, quietMs };
  const bus = new Bus({ link, timing, clock, downReason: 'line_down' });
  new RtuDevice(link, clock, fates);
  const client = new RegisterClient(new LinkPort(bus, rtuFraming()), clock);
  const ask = make(client, clock, modelWith(probes));
  const wrong: string[] = [];
  let answered = 0;
  const run = async (): Promise<void> => {
    for (const { unit, address, quantity, pauseMs } of questions) {
      await clock.sleep('between questions', pauseMs);
      try {
        const data = await ask({ unit, functionCode: 4, address, quantity });
        answered++;
        const expected = Array.from({ length: quantity }, (_, i) => wordAt(unit, address + i));
        const got = Array.from({ length: data.length / 2 }, (_, i) => data.readUInt16BE(2 * i));
        if (got.join() !== expected.join()) wrong.push(`${address}: ${got} instead of ${expected}`);
      } catch (error) {
        if (!(error instanceof ReadError)) throw error;
      }
    }
  };
  const done = run();
  await clock.advance(100_000);
  await done;
  return { wrong, answered, requests: bus.counters.requests };
}

const inStep = (client: RegisterClient, clock: ManualClock, model: Model): Ask => {
  const units = new RtuUnits(client, clock);
  return (request) => units.read(request, model);
};

describe('replies that are delayed, lost and doubled at random', () => {
  it('never give the value of another register', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (told) => {
        expect((await play(told, inStep)).wrong).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('would do so without the probes: the test can tell', async () => {
    const wrong: string[] = [];
    for (const told of fc.sample(story, 100)) {
      wrong.push(...(await play(told, (client) => (request) => client.read(request))).wrong);
    }
    expect(wrong).not.toEqual([]);
  });
});

const PROMPT: Fate = { kind: 'reply', delayMs: 5, againAfterMs: null };
const LOST: Fate = { kind: 'lost', delayMs: 0, againAfterMs: null };

it('a unit whose replies were lost is read again as soon as it answers, at the cost of one probe', async () => {
  const questions = [0, 1, 2, 3].map(() => ({ unit: 1, address: 100, quantity: 2, pauseMs: 0 }));
  const told = { fates: [PROMPT, PROMPT, LOST, LOST], questions, quietMs: 0 };
  // A probe and a question are answered; a question and the probe before the next are lost; then a probe and a question.
  expect(await play(told, inStep)).toEqual({ wrong: [], answered: 2, requests: 6 });
});

describe('a new reader mid-story, while the reply to another is on its way,', () => {
  /** What register 200 is read as by a reader that begins 50 ms after the last question of the one before. */
  async function readAfterRestart(late: Fate, quantity: number, quietMs: number, wasInStep = true): Promise<number> {
    const clock = new ManualClock(0);
    const link = new StubLink();
    const device = new RtuDevice(link, clock);
    const restart = async (): Promise<RtuUnits> => {
      link.drop('link_closed: closed here');
      const timing = { replyTimeoutMs: 400, byteGapMs: 20, pauseMs: 5, quietMs };
      const bus = new Bus({ link, timing, clock, downReason: 'line_down' });
      await link.open();
      return new RtuUnits(new RegisterClient(new LinkPort(bus, rtuFraming()), clock), clock);
    };
    const before = await restart();
    const ask = (): Promise<unknown> =>
      before.read({ unit: 1, functionCode: 4, address: 100, quantity }, MODEL).catch(() => {});
    if (wasInStep) {
      const answered = ask();
      await clock.advance(1000);
      await answered;
    }
    device.next(late);
    const ended = ask();
    await clock.advance(50);
    const after = (await restart()).read({ unit: 1, functionCode: 4, address: 200, quantity: 2 }, MODEL);
    await clock.advance(2000);
    await ended;
    return (await after).readUInt16BE(0);
  }

  const delays = Array.from({ length: 36 }, (_, i) => 10 * i);

  it.each([2, 4, 6])('does not take the late reply of %i registers for its own', async (quantity) => {
    for (const quietMs of [0, 30]) {
      for (const delayMs of delays) {
        const late: Fate = { kind: 'reply', delayMs, againAfterMs: null };
        expect(await readAfterRestart(late, quantity, quietMs)).toBe(wordAt(1, 200));
      }
    }
  });

  it('does not take a late probe for its own either', async () => {
    for (const delayMs of delays) {
      const late: Fate = { kind: 'reply', delayMs, againAfterMs: null };
      expect(await readAfterRestart(late, 2, 0, false)).toBe(wordAt(1, 200));
    }
  });
});

it('a late exception that meets the probe does not fail the read', async () => {
  const late: Fate = { kind: 'exception', delayMs: 150, againAfterMs: null };
  const questions = [1, 2, 3].map(() => ({ unit: 1, address: 100, quantity: 2, pauseMs: 0 }));
  const told = { fates: [PROMPT, PROMPT, late], questions, quietMs: 0 };
  expect(await play(told, inStep)).toEqual({ wrong: [], answered: 2, requests: 6 });
});

it('a unit that has been silent long enough is asked without a probe', async () => {
  const questions = [0, 60_000].map((pauseMs) => ({ unit: 1, address: 100, quantity: 2, pauseMs }));
  expect(await play({ fates: [LOST], questions, quietMs: 0 }, inStep)).toEqual({ wrong: [], answered: 1, requests: 2 });
});
