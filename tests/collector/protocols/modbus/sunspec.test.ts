import { beforeEach, describe, expect, it } from 'vitest';
import type { PlanMeter } from '#contract/plan.ts';
import { QUANTITY_NAMES, type QuantityName } from '#contract/quantities.ts';
import { ModbusReader } from '../../../../collector/protocols/modbus/reader.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { planMeter, task } from '../../../support/plan.ts';
import { ScriptedLine } from './scripted-line.ts';
import {
  answers,
  COMMON,
  deviceOf,
  floatModel,
  integerModel,
  type SimModel,
  type SimValues,
  type Words,
} from './sunspec-device.ts';

const NOW = 1_790_000_000_000;
const ALL = task('instant', { items: QUANTITY_NAMES.filter((name) => name !== 'relay_open') as QuantityName[] });
const ENERGY = task('freeze-day');
const meterOf = (model: string, id = 'M1'): PlanMeter => planMeter(id, { address: '1', model });

const THREE: SimValues = {
  amps: [6.5, 1.5, 2, 3],
  volts: [230.5, 230.1, 230.2, 231.3],
  hz: 49.98,
  watts: [-1230, 410, -820, -820],
  factors: [-97, 50, null, null],
  exportedWh: 123_456,
  importedWh: [4_000_000_000, 1_000_000, 2_000_000, 3_000_000],
  varhs: [11, 12, 13, 14],
};
const ONE: SimValues = {
  amps: [4.5, 4.5],
  volts: [230.5, 230.1],
  hz: 50,
  watts: [1030],
  factors: [98],
  exportedWh: 7,
  importedWh: [70_000],
  varhs: [1, 2, 3, 4],
};
const SPLIT: SimValues = { ...ONE, amps: [9, 4, 5], volts: [120.5, 120.1, 120.9] };

/** What a reading of THREE must bring, by hand. */
const READ_THREE = {
  energy_import_wh: 4_000_000_000,
  energy_export_wh: 123_456,
  energy_reactive_q1_varh: 110,
  energy_reactive_q2_varh: 120,
  energy_reactive_q3_varh: 130,
  energy_reactive_q4_varh: 140,
  voltage_a_v: 230.1,
  voltage_b_v: 230.2,
  voltage_c_v: 231.3,
  current_a_a: 1.5,
  current_b_a: 2,
  current_c_a: 3,
  power_active_total_w: -1230,
  power_active_a_w: 410,
  power_active_b_w: -820,
  power_active_c_w: -820,
  power_reactive_total_var: -200,
  power_reactive_a_var: null,
  power_reactive_b_var: null,
  power_reactive_c_var: null,
  power_apparent_total_va: 1000,
  power_apparent_a_va: null,
  power_apparent_b_va: null,
  power_apparent_c_va: null,
  power_factor_total: -0.97,
  power_factor_a: 0.5,
  power_factor_b: null,
  power_factor_c: null,
  frequency_hz: 49.98,
  energy_import_a_wh: 1_000_000,
  energy_import_b_wh: 2_000_000,
  energy_import_c_wh: 3_000_000,
};
const READ_ONE = {
  energy_import_wh: 70_000,
  energy_export_wh: 7,
  energy_reactive_q1_varh: 10,
  energy_reactive_q2_varh: 20,
  energy_reactive_q3_varh: 30,
  energy_reactive_q4_varh: 40,
  voltage_a_v: 230.1,
  current_a_a: 4.5,
  power_active_total_w: 1030,
  power_reactive_total_var: -200,
  power_apparent_total_va: 1000,
  power_factor_total: 0.98,
  frequency_hz: 50,
};
const READ_SPLIT = { ...READ_ONE, voltage_a_v: 120.1, voltage_b_v: 120.9, current_a_a: 4, current_b_a: 5 };

let clock: ManualClock;
let line: ScriptedLine;
let reader: ModbusReader;
let device: Words;

function install(base: number, ...models: SimModel[]): void {
  device = deviceOf(base, [COMMON, ...models]);
}

beforeEach(() => {
  clock = new ManualClock(NOW);
  install(40_000, integerModel(203, THREE));
  line = new ScriptedLine((request) => answers(device)(request), true);
  reader = new ModbusReader({ exchanger: line, protocol: 'modbus-tcp', clock });
});

async function valuesOf(meter: PlanMeter, wanted = ALL): Promise<Record<string, number | null>> {
  line.asked.length = 0;
  return Object.fromEntries((await reader.read(meter, wanted, NOW)).values);
}

describe('a SunSpec meter', () => {
  it.each([
    [201, integerModel(201, ONE), 'sunspec-1ph', READ_ONE],
    [202, integerModel(202, SPLIT), 'sunspec-split', READ_SPLIT],
    [203, integerModel(203, THREE), 'sunspec-3ph', READ_THREE],
    [204, integerModel(204, THREE), 'sunspec-3ph', READ_THREE],
    [211, floatModel(211, ONE), 'sunspec-1ph', READ_ONE],
    [212, floatModel(212, SPLIT), 'sunspec-split', READ_SPLIT],
    [213, floatModel(213, THREE), 'sunspec-3ph', READ_THREE],
    [214, floatModel(214, THREE), 'sunspec-3ph', READ_THREE],
  ] as const)('with model %i is found behind other models and read', async (id, model, name, wanted) => {
    expect(model.words).toHaveLength(id < 210 ? 105 : 124);
    install(40_000, { id: 103, words: new Array<number>(50).fill(9) }, model);
    expect(await valuesOf(meterOf(name))).toEqual(wanted);
    expect(line.asked.every(({ functionCode }) => functionCode === 3)).toBe(true);
  });

  it('is found once, and then read in one request that begins with the number of its model', async () => {
    await valuesOf(meterOf('sunspec-3ph'));
    expect(line.blocks).toEqual(['0x9c40+2', '0x9c42+2', '0x9c86+2', '0x9c86+105']);
    await valuesOf(meterOf('sunspec-3ph'), ENERGY);
    expect(line.blocks).toEqual(['0x9c86+55']);
  });

  it.each([
    [0, ['0x9c40+2', '0x0+2', '0x2+2', '0x46+2']],
    [50_000, ['0x9c40+2', '0x0+2', '0xc350+2', '0xc352+2', '0xc396+2']],
  ])('may begin at %i, which is remembered', async (base, search) => {
    install(base, integerModel(203, THREE));
    expect(await valuesOf(meterOf('sunspec-3ph'))).toEqual(READ_THREE);
    expect(line.blocks.slice(0, -1)).toEqual(search);
    install(base, { id: 103, words: [1, 2, 3] }, integerModel(203, THREE));
    expect(await valuesOf(meterOf('sunspec-3ph'))).toEqual(READ_THREE);
    // The stale place, then the header where it was; nothing at the other bases.
    expect(line.blocks[1]).toBe(`0x${base.toString(16)}+2`);
  });

  it('is looked for again when another model stands in its place', async () => {
    await valuesOf(meterOf('sunspec-3ph'));
    install(40_000, floatModel(213, { ...THREE, hz: 50.5 }));
    expect(await valuesOf(meterOf('sunspec-3ph'))).toMatchObject({
      frequency_hz: 50.5,
      energy_import_wh: 4_000_000_000,
    });
    expect(line.blocks).toEqual(['0x9c86+105', '0x9c40+2', '0x9c42+2', '0x9c86+2', '0x9c86+118']);
  });

  it('is looked for again when its place is no address any more', async () => {
    await valuesOf(meterOf('sunspec-3ph'));
    install(0, integerModel(203, THREE));
    expect(await valuesOf(meterOf('sunspec-3ph'))).toEqual(READ_THREE);
    expect(line.blocks[0]).toBe('0x9c86+105');
  });

  it('that refuses a single value of its model is read without it, and its model is still watched', async () => {
    const refused = 40_070 + 16;
    line.says = (request) =>
      refused >= request.address && refused < request.address + request.quantity
        ? { exception: 2 }
        : answers(device)(request);
    const items: QuantityName[] = ['energy_import_wh', 'frequency_hz', 'voltage_a_v'];
    const wanted = task('instant', { items });
    const expected = { energy_import_wh: 4_000_000_000, voltage_a_v: 230.1 };
    expect(await valuesOf(meterOf('sunspec-3ph'), wanted)).toEqual(expected);
    expect(await valuesOf(meterOf('sunspec-3ph'), wanted)).toEqual(expected);
    expect(line.blocks).toEqual(['0x9c86+2', '0x9c8e+8', '0x9cb4+9']);
    line.says = (request) => answers(device)(request);
    // The voltage now stands where the refused frequency was.
    install(40_000, { id: 103, words: [1, 2, 3, 4, 5, 6] }, integerModel(203, THREE));
    expect(await valuesOf(meterOf('sunspec-3ph'), wanted)).toEqual({ ...expected, frequency_hz: 49.98 });
  });

  it('whose total alone is implemented has it as phase A where there is one phase', async () => {
    install(40_000, integerModel(201, { ...ONE, amps: [4.4, null], volts: [229, null] }));
    expect(await valuesOf(meterOf('sunspec-1ph'))).toMatchObject({ voltage_a_v: 229, current_a_a: 4.4 });
  });

  it('gives a power factor as percent, as a number or with a strange scale factor', async () => {
    install(40_000, integerModel(203, { ...THREE, factors: [97] }));
    const factorAt = 40_070 + 33;
    const read = async (raw: number, exponent: number): Promise<unknown> => {
      device.set(factorAt, raw & 0xffff);
      device.set(factorAt + 4, exponent & 0xffff);
      const { values, dropped } = await reader.read(meterOf('sunspec-3ph'), ALL, NOW);
      return dropped ?? values.get('power_factor_total');
    };
    expect(await read(-9712, -2)).toBe(-0.971);
    expect(await read(85, -2)).toBe(0.85);
    expect(await read(100, 0)).toBe(1);
    expect(await read(1, 0)).toBe(1);
    expect(await read(98, -0x8000)).toBeNull();
    expect(await read(98, 11)).toEqual(['power_factor_total has the scale factor 11, not one of -10 … 10']);
    expect(await read(120, 0)).toEqual(['power_factor_total 1.2 is not within -1.01 … 1.01']);
  });

  it('has no energy where the device counts none', async () => {
    install(40_000, integerModel(203, { ...THREE, exportedWh: 0, importedWh: [0xffff_ffff] }));
    expect(await valuesOf(meterOf('sunspec-3ph'), ENERGY)).toEqual({ energy_import_wh: null, energy_export_wh: null });
  });

  it('of fewer registers than its model has is read as far as it goes', async () => {
    const { id, words } = integerModel(203, THREE);
    install(40_000, { id, words: words.slice(0, 53) });
    const values = await valuesOf(meterOf('sunspec-3ph'));
    expect(values).toMatchObject({ energy_import_wh: 4_000_000_000 });
    expect(values).not.toHaveProperty('energy_reactive_q1_varh');
  });

  it('is found over RTU too, with another length of reply between two that look alike', async () => {
    line = new ScriptedLine((request) => answers(device)(request));
    reader = new ModbusReader({ exchanger: line, protocol: 'modbus-rtu', clock });
    install(0, integerModel(203, THREE));
    expect(await valuesOf(meterOf('sunspec-3ph'))).toEqual(READ_THREE);
    expect(line.asked.length).toBeLessThan(20);
    await reader.probe(meterOf('sunspec-3ph'));
    expect(line.asked.at(-1)).toMatchObject({ address: 0 });
  });
});

describe('a device that is no SunSpec meter', () => {
  it.each([
    ['without a header', () => new Map<number, number>(), 'no SunSpec header at 40000, 0, 50000'],
    [
      'with other registers there',
      () =>
        new Map([
          [0, 1],
          [1, 2],
        ]),
      'no SunSpec header at 40000, 0, 50000',
    ],
    [
      'without a meter',
      () => deviceOf(40_000, [COMMON, { id: 103, words: [1] }]),
      'the SunSpec device at 40000 has no meter model (201 … 204, 211 … 214); it has 1, 103',
    ],
    [
      'with an endless chain',
      () =>
        new Map([
          [40_000, 0x5375],
          [40_001, 0x6e53],
          ...Array.from({ length: 400 }, (_, i) => [40_002 + i, i % 2 === 0 ? 7 : 0] as [number, number]),
        ]),
      expect.stringContaining('has no meter model'),
    ],
    [
      'with another kind of meter',
      () => deviceOf(40_000, [COMMON, integerModel(201, ONE)]),
      'the device has SunSpec model 201; sunspec-3ph stands for 203, 204, 213, 214',
    ],
  ])('%s says so, and is left alone for ten minutes', async (_what, made, detail) => {
    device = made();
    const failure = { reason: 'not_supported', next: 'skip', answered: true, detail };
    await expect(valuesOf(meterOf('sunspec-3ph'))).rejects.toMatchObject(failure);
    expect(line.asked.length).toBeLessThan(60);
    await expect(valuesOf(meterOf('sunspec-3ph'))).rejects.toMatchObject(failure);
    expect(line.asked).toEqual([]);
    install(40_000, integerModel(203, THREE));
    await clock.advance(600_000);
    expect(await valuesOf(meterOf('sunspec-3ph'))).toEqual(READ_THREE);
  });

  it('but only silent is not taken for one', async () => {
    line.says = () => 'silence';
    await expect(valuesOf(meterOf('sunspec-3ph'))).rejects.toMatchObject({ reason: 'no_answer' });
    line.says = (request) => answers(device)(request);
    expect(await valuesOf(meterOf('sunspec-3ph'))).toEqual(READ_THREE);
  });
});
