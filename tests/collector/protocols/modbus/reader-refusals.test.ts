import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { QuantityName } from '#contract/quantities.ts';
import { sdm120 } from '../../../../collector/profiles/modbus-sdm.ts';
import { MissingMemory } from '../../../../collector/protocols/missing.ts';
import { ModbusReader } from '../../../../collector/protocols/modbus/reader.ts';
import type { RegisterRequest } from '../../../../collector/protocols/modbus/register-request.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { planMeter, task } from '../../../support/plan.ts';
import { floatWords, type Says, ScriptedLine } from './scripted-line.ts';

const NOW = 1_790_000_000_000;
const HOUR_MS = 3_600_000;
const meter = planMeter('M1', { address: '7', model: 'sdm630' });
const single = planMeter('M2', { address: '8', model: 'sdm120' });

/** What the registers of the test meter hold; 0 elsewhere. */
const HELD: Readonly<Record<number, number>> = {
  0: 230.104,
  2: 229.9,
  4: 231,
  6: 1.2345,
  8: 0,
  10: 12.5,
  12: 283.06,
  52: 3250.55,
  72: 12_345.678,
  74: 0.25,
};
const holding =
  (registers: Readonly<Record<number, number>>) =>
  ({ address, quantity }: RegisterRequest): Says =>
    floatWords(...Array.from({ length: quantity / 2 }, (_, i) => registers[address + 2 * i] ?? 0));
const held = holding(HELD);

let clock: ManualClock;
let line: ScriptedLine;
let reader: ModbusReader;
/** A reader that is in step with both meters. */
async function start(parts: Partial<ConstructorParameters<typeof ModbusReader>[0]> = {}): Promise<void> {
  reader = new ModbusReader({ exchanger: line, protocol: 'modbus-rtu', clock, ...parts });
  await reader.probe(meter);
  await reader.probe(single);
  line.asked.length = 0;
}

beforeEach(async () => {
  clock = new ManualClock(NOW);
  line = new ScriptedLine(held);
  await start();
});

const items = (...names: QuantityName[]) => task('instant', { items: names });
const failure = (reason: string, next: string, detail: unknown): unknown =>
  expect.objectContaining({ reason, next, detail });

describe('a meter that is still at work with the request', () => {
  it('is asked again after a growing rest, which is no failure', async () => {
    const until = clock.mono() + 2500;
    line.says = (request) => (clock.mono() < until ? { exception: 5 } : held(request));
    const reading = reader.read(meter, task('freeze-day'), NOW);
    await clock.advance(4000);
    expect((await reading).values.size).toBe(2);
  });

  it('for ever is an error of the meter, after a bounded number of requests', async () => {
    await start({ tries: () => 3 });
    line.says = () => ({ exception: 5 });
    const reading = expect(reader.read(meter, task('freeze-day'), NOW)).rejects.toEqual(
      failure('device_error', 'retry', 'exception 05 acknowledge, still at work'),
    );
    await clock.advance(60_000);
    await reading;
    // Each of them after at most four that look for the step of the unit.
    expect(line.asked.length).toBeLessThanOrEqual((4 + 3) * 5);
  });
});

describe('a gateway before the meter', () => {
  it('without a way to the unit is asked once, and the meter is not taken to have answered', async () => {
    await start({ tries: () => 3 });
    line.says = () => ({ exception: 10 });
    await expect(reader.read(meter, task('profile'), NOW)).rejects.toMatchObject({
      reason: 'device_error',
      next: 'skip',
      answered: false,
      detail: 'exception 0A gateway path unavailable',
    });
    expect(line.asked).toHaveLength(1);
  });

  it('whose unit is silent says so at once, in the middle of a search for the step of the unit too', async () => {
    reader = new ModbusReader({ exchanger: line, protocol: 'modbus-rtu', clock });
    line.says = () => ({ exception: 11 });
    await expect(reader.read(meter, task('profile'), NOW)).rejects.toMatchObject({
      reason: 'no_answer',
      answered: false,
    });
    expect(line.asked).toHaveLength(1);
  });
});

describe('a register that a meter lacks', () => {
  const lacking = (address: number) => (request: RegisterRequest) =>
    address >= request.address && address < request.address + request.quantity
      ? ({ exception: 2 } as const)
      : held(request);
  const wanted = items('voltage_a_v', 'frequency_hz', 'energy_import_wh');

  it('is told by name, and is not asked for by the next reader either', async () => {
    const missing = new MissingMemory();
    await start({ missing });
    line.says = lacking(0x46);
    expect([...(await reader.read(meter, wanted, NOW)).values.keys()]).toEqual(['voltage_a_v', 'energy_import_wh']);
    expect(missing.has('M1', 'frequency_hz 4:0046')).toBe(true);
    expect(missing.has('M1', 'voltage_a_v 4:0000')).toBe(false);
    await start({ missing });
    await reader.read(meter, wanted, NOW);
    expect(line.blocks.filter((block) => !block.startsWith('0x48'))).toEqual(['0x0+2']);
    // What is known stays known when the hour of the narrow requests is over.
    await clock.advance(2 * HOUR_MS);
    expect([...(await reader.read(meter, wanted, NOW)).values.keys()]).toEqual(['voltage_a_v', 'energy_import_wh']);
    expect(line.blocks.filter((block) => block.startsWith('0x46'))).toEqual([]);
  });

  it('of one meter is none of another', async () => {
    const missing = new MissingMemory();
    missing.add('M1', 'frequency_hz 4:0046', 'exception 02 illegal data address');
    await start({ missing });
    expect((await reader.read(single, wanted, NOW)).values.size).toBe(3);
    expect((await reader.read(meter, wanted, NOW)).values.size).toBe(2);
  });

  it('is not one of a meter that refuses everything: its model on record may be wrong', async () => {
    const missing = new MissingMemory();
    await start({ missing });
    line.says = (request) => (request.address < 0x48 ? { exception: 2 } : held(request));
    const reading = reader.read(meter, items('voltage_a_v', 'frequency_hz'), NOW);
    await expect(reading).rejects.toMatchObject({ reason: 'not_supported' });
    expect(missing.has('M1', 'frequency_hz 4:0046')).toBe(false);
    await reader.read(meter, wanted, NOW);
    expect(missing.has('M1', 'frequency_hz 4:0046')).toBe(true);
  });

  it('is not what a refused probe means: the model on record may be wrong', async () => {
    reader = new ModbusReader({ exchanger: line, protocol: 'modbus-rtu', clock });
    line.says = lacking(0x48);
    const failed = {
      reason: 'not_supported',
      next: 'skip',
      detail: 'the probe at 72 was refused: exception 02 illegal data address',
    };
    await expect(reader.read(meter, items('voltage_a_v'), NOW)).rejects.toMatchObject(failed);
    expect(line.asked).toHaveLength(4);
    line.says = held;
    expect((await reader.read(meter, items('voltage_a_v'), NOW)).values.size).toBe(1);
  });

  it('leaves all others readable, whichever registers and holes a meter refuses', async () => {
    const names = sdm120.registers.map(({ quantity }) => quantity);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 0, max: 0x47 }), { maxLength: 12 }), async (gone) => {
        line.says = held;
        await start();
        line.says = (request) =>
          gone.some((address) => address >= request.address && address < request.address + request.quantity)
            ? { exception: 2 }
            : held(request);
        const present = sdm120.registers.filter(
          ({ address }) => !gone.includes(address) && !gone.includes(address + 1),
        );
        const reading = reader.read(single, items(...names), NOW).then(({ values }) => [...values.keys()]);
        if (present.length === 0) await expect(reading).rejects.toMatchObject({ reason: 'not_supported' });
        else expect(await reading).toEqual(present.map(({ quantity }) => quantity));
        const asked = line.asked.length;
        // At most three passes over what is there, one request for each that is not, and probes between them.
        expect(asked).toBeLessThanOrEqual(2 * (3 * names.length + names.length));
        line.asked.length = 0;
        await reader.read(single, items(...names), NOW).catch(() => {});
        expect(line.asked.length).toBeLessThanOrEqual(2 * Math.max(1, present.length));
      }),
    );
  });
});
