import { beforeEach, describe, expect, it } from 'vitest';
import type { QuantityName } from '#contract/quantities.ts';
import type { ModbusProfile } from '../../../../collector/profiles/modbus-profile.ts';
import { sdm120 } from '../../../../collector/profiles/modbus-sdm.ts';
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

describe('a due read', () => {
  it('brings the items that the meter has, in the order of the task, without a time of the meter', async () => {
    const answer = await reader.read(meter, task('profile'), NOW);
    expect([...answer.values]).toEqual([
      ['energy_import_wh', 12_345_678],
      ['energy_export_wh', 250],
      ['voltage_a_v', 230.1],
      ['voltage_b_v', 229.9],
      ['voltage_c_v', 231],
      ['current_a_a', 1.235],
      ['current_b_a', 0],
      ['current_c_a', 12.5],
      ['power_active_total_w', 3250.6],
    ]);
    expect(answer).toMatchObject({ meterTime: null, readAt: NOW, events: [] });
    expect(line.blocks).toEqual(['0x0+12', '0x34+2', '0x48+4']);
  });

  it('leaves out what a single-phase meter lacks', async () => {
    const { values } = await reader.read(single, task('instant'), NOW);
    expect([...values.keys()]).toEqual(['voltage_a_v', 'current_a_a', 'power_active_total_w']);
    expect(line.asked).toMatchObject([{ unit: 8, functionCode: 4, address: 0, quantity: 14 }]);
  });

  it('of a freeze is the present register', async () => {
    const { values } = await reader.read(meter, task('freeze-day'), NOW);
    expect([...values.keys()]).toEqual(['energy_import_wh', 'energy_export_wh']);
    expect(line.blocks).toEqual(['0x48+4']);
  });

  it('brings null for a value that is not a number', async () => {
    line.says = holding({ 70: Number.NaN });
    const { values } = await reader.read(meter, items('frequency_hz'), NOW);
    expect(values.get('frequency_hz')).toBeNull();
  });

  it('with an unbelievable value is implausible, with its bytes', async () => {
    line.says = holding({ 0: 500 });
    await expect(reader.read(meter, items('voltage_a_v'), NOW)).rejects.toMatchObject({
      reason: 'implausible',
      detail: 'voltage_a_v 500 is not within 0 … 400',
      lastBytes: '43FA0000',
    });
  });

  it('drops a power factor that cannot be and keeps the import register', async () => {
    line.says = holding({ ...HELD, 62: 1.02 });
    const answer = await reader.read(meter, items('energy_import_wh', 'power_factor_total'), NOW);
    expect([...answer.values]).toEqual([
      ['energy_import_wh', 12_345_678],
      ['power_factor_total', null],
    ]);
    expect(answer.dropped).toEqual(['power_factor_total 1.02 is not within -1.01 … 1.01']);
  });

  it('fails when the import register itself cannot be', async () => {
    line.says = holding({ ...HELD, 72: -5 });
    await expect(reader.read(meter, items('voltage_a_v', 'energy_import_wh'), NOW)).rejects.toMatchObject({
      reason: 'implausible',
      detail: expect.stringContaining('energy_import_wh -5000'),
    });
  });

  it('fails as the line says', async () => {
    line.says = () => 'silence';
    await expect(reader.read(meter, task('profile'), NOW)).rejects.toEqual(failure('no_answer', 'retry', 'timeout'));
    expect(line.asked).toHaveLength(1);
  });

  it.each([
    ['of events', task('event'), meter, 'model sdm630 records no events'],
    ['without an item of the model', items('relay_open'), meter, 'model sdm630 has no item of task instant'],
    ['of a model without profile', task('instant'), planMeter('X', { model: 'm9' }), 'model m9 has no Modbus profile'],
    [
      'of no unit',
      task('instant'),
      planMeter('X', { model: 'sdm120', address: '248' }),
      'unit 248 is not within 1 … 247',
    ],
    [
      'of the broadcast address',
      task('instant'),
      planMeter('X', { model: 'sdm120', address: '0' }),
      'unit 0 is not within 1 … 247',
    ],
  ])('%s is not supported and asks the meter nothing', async (_what, wanted, of, detail) => {
    await expect(reader.read(of, wanted, NOW)).rejects.toEqual(failure('not_supported', 'skip', detail));
    expect(line.asked).toEqual([]);
  });
});

it('a probe is one small request', async () => {
  await reader.probe(meter);
  expect(line.blocks).toEqual(['0x48+2']);
  line.says = () => 'silence';
  await expect(reader.probe(meter)).rejects.toMatchObject({ reason: 'no_answer' });
});

it('a reader that has not heard of a meter yet begins with one probe of it', async () => {
  reader = new ModbusReader({ exchanger: line, protocol: 'modbus-rtu', clock });
  await reader.read(meter, task('freeze-day'), NOW);
  await reader.read(meter, task('freeze-day'), NOW);
  expect(line.blocks).toEqual(['0x48+8', '0x48+4', '0x48+4']);
});

it('a meter that is busy is asked again after a growing rest', async () => {
  await start({ tries: () => 3 });
  const busyUntil = clock.mono() + 1400;
  const asked: number[] = [];
  line.says = (request) => {
    asked.push(clock.mono());
    return clock.mono() < busyUntil ? { exception: 6 } : held(request);
  };
  const reading = reader.read(meter, task('freeze-day'), NOW);
  await clock.advance(2000);
  expect((await reading).values.size).toBe(2);
  const rests = asked.slice(1).map((at, i) => at - (asked[i] ?? 0));
  expect(rests.filter((rest) => rest > 0)).toEqual([500, 1000]);
});

it('after a lost reply the next read begins with a probe', async () => {
  line.says = () => 'silence';
  await expect(reader.read(meter, task('freeze-day'), NOW)).rejects.toMatchObject({ reason: 'no_answer' });
  line.says = held;
  await reader.read(meter, task('freeze-day'), NOW);
  expect(line.blocks).toEqual(['0x48+4', '0x48+2', '0x48+4']);
});

it('a request is repeated as often as the line allows, and the others of the read are not', async () => {
  let tries = 2;
  await start({ tries: () => tries });
  line.says = (request) => (line.asked.length === 2 ? 'silence' : held(request));
  const { values } = await reader.read(meter, task('profile'), NOW);
  expect(values.size).toBe(9);
  expect(line.blocks).toEqual(['0x0+12', '0x34+2', '0x48+4', '0x34+2', '0x48+4']);
  tries = 1;
  line.says = () => 'silence';
  line.asked.length = 0;
  await expect(reader.read(meter, task('profile'), NOW)).rejects.toMatchObject({ reason: 'no_answer' });
  expect(line.blocks).toEqual(['0x0+12']);
});

describe('a meter that refuses a part', () => {
  /** Answers exception 2 to every block that touches one of the addresses. */
  const without =
    (...missing: number[]) =>
    (request: RegisterRequest): Says =>
      missing.some((address) => address >= request.address && address < request.address + request.quantity)
        ? { exception: 2 }
        : held(request);
  /** Requests for data; those of the probe register only keep the unit in step. */
  const dataBlocks = (): string[] => line.blocks.filter((block) => !block.startsWith('0x48'));

  it('for a hole is asked without holes from then on', async () => {
    line.says = without(0x0002);
    const wanted = items('voltage_a_v', 'current_a_a', 'power_active_total_w');
    const first = await reader.read(single, wanted, NOW);
    expect([...first.values.keys()]).toEqual(wanted.items);
    expect(dataBlocks()).toEqual(['0x0+14', '0x0+2', '0x6+2', '0xc+2']);
    line.asked.length = 0;
    await reader.read(single, wanted, NOW);
    expect(dataBlocks()).toEqual(['0x0+2', '0x6+2', '0xc+2']);
  });

  it('for one register loses that item alone, and it is not asked for again within the hour', async () => {
    line.says = without(0x0008);
    const wanted = task('instant');
    const { values } = await reader.read(meter, wanted, NOW);
    const rest = ['voltage_a_v', 'voltage_b_v', 'voltage_c_v', 'current_a_a', 'current_c_a', 'power_active_total_w'];
    expect([...values.keys()]).toEqual(rest);
    line.asked.length = 0;
    await reader.read(meter, wanted, NOW);
    expect(dataBlocks()).toEqual(['0x0+2', '0x2+2', '0x4+2', '0x6+2', '0xa+2', '0x34+2']);
    line.asked.length = 0;
    line.says = held;
    await clock.advance(HOUR_MS);
    expect([...(await reader.read(meter, wanted, NOW)).values.keys()]).toHaveLength(7);
    expect(dataBlocks()).toEqual(['0x0+12', '0x34+2']);
  });

  it('for everything does not support it, and says so without being asked again and again', async () => {
    line.says = () => ({ exception: 2 });
    const wanted = items('voltage_a_v');
    await expect(reader.read(meter, wanted, NOW)).rejects.toEqual(
      failure('not_supported', 'skip', 'exception 02 illegal data address'),
    );
    line.asked.length = 0;
    await expect(reader.read(meter, wanted, NOW)).rejects.toMatchObject({ reason: 'not_supported' });
    expect(line.asked).toEqual([]);
  });

  it('is not what another exception means', async () => {
    line.says = () => ({ exception: 6 });
    await expect(reader.read(meter, task('instant'), NOW)).rejects.toEqual(
      failure('device_error', 'retry', 'exception 06 device busy'),
    );
    expect(line.asked).toHaveLength(1);
  });
});

it('the quirks of a model are kept to', async () => {
  const slow: ModbusProfile = { ...sdm120, quirks: { oneItemPerRequest: true, pauseMs: 100 } };
  const starting = start({ profileOf: () => slow });
  await clock.advance(1000);
  await starting;
  const begun = clock.now();
  const reading = reader.read(single, items('voltage_a_v', 'frequency_hz'), NOW);
  await clock.advance(1000);
  const { values, readAt } = await reading;
  expect([...values.keys()]).toEqual(['voltage_a_v', 'frequency_hz']);
  // Two blocks of the same length have a probe between them.
  expect(line.blocks).toEqual(['0x0+2', '0x48+4', '0x46+2']);
  expect(readAt - begun).toBe(200);
});
