import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METER_MODELS, meterModel } from '#contract/models.ts';
import { type ModbusRegister, REGISTERS_OF, spanOf } from '#contract/profile.ts';
import { checkModbusProfile } from '#contract/profile-check.ts';
import { isQuantity, type QuantityName, quantity } from '#contract/quantities.ts';
import { ReadError } from '../../../collector/lines/read-error.ts';
import { MODBUS_PROFILES, modbusProfile } from '../../../collector/profiles/modbus-catalogue.ts';
import type { ModbusProfile } from '../../../collector/profiles/modbus-profile.ts';
import { decodeRegister } from '../../../collector/protocols/modbus/decode.ts';
import { planBlocks, registersFor } from '../../../collector/protocols/modbus/read-plan.ts';

const FOLDER = new URL('../../../collector/profiles/', import.meta.url);

/** What every profile has, whatever the protocol. */
interface Sheet {
  readonly id: string;
  readonly protocol: string;
  readonly phases: 1 | 3;
  readonly quantities: readonly string[];
  readonly sources: readonly string[];
  readonly caveats: readonly string[];
}

function isProfile(value: unknown): value is Record<string, unknown> & { readonly id: string } {
  return typeof value === 'object' && value !== null && 'id' in value && 'caveats' in value;
}

function sheetOf(profile: Record<string, unknown>): Sheet {
  const { protocol = 'modbus', quantities, registers, source, sources = [source] } = profile;
  const named = quantities ?? (registers as readonly ModbusRegister[]).map((register) => register.quantity);
  return { ...profile, protocol, quantities: named, sources } as unknown as Sheet;
}

/** Every profile in a list that a file of the folder exports. */
const SHEETS: readonly Sheet[] = (
  await Promise.all(
    readdirSync(FOLDER).map(async (name) => Object.values((await import(`${FOLDER}${name}`)) as object)),
  )
)
  .flat()
  .flatMap((exported) => (Array.isArray(exported) ? exported : []))
  .filter(isProfile)
  .map(sheetOf);

describe('the catalogue', () => {
  it('is found, and names each model once', () => {
    expect(SHEETS.length).toBeGreaterThan(14);
    expect(new Set(SHEETS.map(({ id }) => id)).size).toBe(SHEETS.length);
  });

  it('has a profile for every model of the contract whose protocol it has, and a model for every profile', () => {
    const protocols = new Set(SHEETS.map(({ protocol }) => protocol));
    const models = METER_MODELS.filter(({ protocol }) => protocols.has(protocol)).map(({ id }) => id);
    expect(SHEETS.map(({ id }) => id).toSorted()).toEqual(models.toSorted());
  });

  it.each(SHEETS)('knows $id by protocol and phases as the centre does, and in both languages', (sheet) => {
    const model = meterModel(sheet.id);
    expect([sheet.protocol, sheet.phases]).toEqual([model?.protocol, model?.phases]);
    expect(model?.zh).toMatch(/\p{Script=Han}/u);
    expect(model?.en).not.toMatch(/\p{Script=Han}/u);
  });

  it.each(SHEETS)('lists quantities of the contract for $id, with source and caveats', (sheet) => {
    expect(sheet.quantities.filter((name) => !isQuantity(name))).toEqual([]);
    expect(sheet.quantities).toEqual(
      expect.arrayContaining(['energy_import_wh', 'power_active_total_w', 'voltage_a_v']),
    );
    for (const text of [...sheet.sources, ...sheet.caveats]) expect(text.length).toBeGreaterThan(10);
    expect(sheet.sources.length).toBeGreaterThan(0);
    expect(sheet.caveats.length).toBeGreaterThan(0);
  });
});

it('a model that is no Modbus meter has no Modbus profile', () => {
  expect(modbusProfile('dlt645-1ph')).toBeUndefined();
  for (const { id } of MODBUS_PROFILES) expect(modbusProfile(id)?.id).toBe(id);
});

/** Bytes of a register and its scale factor that hold a raw number. */
function bytesOf({ wordOrder }: ModbusProfile, register: ModbusRegister, raw: number): { data: Buffer; at: number } {
  const { from, to } = spanOf(register);
  const data = Buffer.alloc(2 * (to - from));
  const at = 2 * (register.address - from);
  const view = Buffer.alloc(2 * REGISTERS_OF[register.type]);
  if (register.type === 'float32') view.writeFloatBE(raw);
  else if (register.type === 'int64') view.writeBigInt64BE(BigInt(raw));
  else if (view.length === 4) view.writeInt32BE(raw | 0);
  else view.writeInt16BE((raw << 16) >> 16);
  const words = Array.from({ length: view.length / 2 }, (_, i) => view.readUInt16BE(2 * i));
  for (const [i, word] of (wordOrder === 'low-first' ? words.reverse() : words).entries()) {
    data.writeUInt16BE(word, at + 2 * i);
  }
  return { data, at };
}

const RANGES: Readonly<Record<ModbusRegister['type'], readonly [number, number]>> = {
  u16: [0, 0xffff],
  i16: [-0x8000, 0x7fff],
  u32: [0, 0xffff_ffff],
  i32: [-0x8000_0000, 0x7fff_ffff],
  float32: [-3e38, 3e38],
  int64: [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

describe.each(MODBUS_PROFILES)('the profile $id', (profile) => {
  const model = meterModel(profile.id);
  const { ratedVoltageV = 0, maxCurrentA = 0, rolloverWh = 0 } = model ?? {};
  const names = profile.registers.map((register) => register.quantity);
  const phases = profile.phases === 3 ? (['a', 'b', 'c'] as const) : (['a'] as const);

  it('passes the checks that a profile of a site has to pass', () => {
    // SunSpec says where a value stands twice, and reads phase B of a split winding.
    if (!model || profile.sunspec) return;
    const { id, zh, en } = model;
    const { phases: count, quirks, ...rest } = profile;
    const modbus = { ...rest, quirks };
    expect(checkModbusProfile({ id, zh, en, phases: count, ratedVoltageV, maxCurrentA, rolloverWh, modbus })).toEqual(
      [],
    );
  });

  it('keeps nothing, because Modbus meters keep nothing', () => {
    expect(model?.keepsDays).toEqual({});
  });

  it('has voltage and current of each of its phases', () => {
    expect(names).toEqual(expect.arrayContaining(phases.map((phase) => `voltage_${phase}_v`)));
    expect(names).toEqual(expect.arrayContaining(phases.map((phase) => `current_${phase}_a`)));
  });

  const phaseW = ratedVoltageV * maxCurrentA;
  /** What the model can measure, by unit; a fifth more must still be believed. */
  const highest: Readonly<Record<string, number>> = { V: ratedVoltageV, A: maxCurrentA, W: phaseW, Hz: 50, VA: phaseW };
  const measurable = (name: QuantityName): number =>
    (highest[quantity(name).unit] ?? 0) * (name.includes('total') ? profile.phases : 1);

  it.each(profile.registers)('believes every $quantity that the model can have', ({ quantity: name, limits }) => {
    const [min, max] = limits;
    expect(max).toBeGreaterThanOrEqual(1.2 * measurable(name));
    if (['W', 'var'].includes(quantity(name).unit)) expect(min).toBe(-max);
    if (quantity(name).kind === 'counter') expect(limits).toEqual([0, rolloverWh - 1]);
  });

  it.each(profile.registers)(
    'decodes whatever stands for $quantity to a value within its limits, or to none',
    (register) => {
      const [min, max] = register.limits;
      const ends = [min, max].map((value) => Math.trunc(value / register.scale)).sort((a, b) => a - b);
      const [least, most] = RANGES[register.type];
      for (const raw of [least, ...ends.map((end) => Math.min(most, Math.max(least, end))), 0, 1, most]) {
        const { data, at } = bytesOf(profile, register, raw);
        const value = decodeRegister(register, profile.wordOrder, data, at);
        if (value === null || value instanceof ReadError) continue;
        expect(value).toBeGreaterThanOrEqual(min);
        expect(value).toBeLessThanOrEqual(max);
      }
      const { data, at } = bytesOf(profile, register, ends[1] ?? 0);
      if (most >= (ends[1] ?? 0) && register.type !== 'float32') {
        expect(decodeRegister(register, profile.wordOrder, data, at)).not.toBeInstanceOf(ReadError);
      }
    },
  );

  it('is read in blocks within its limits', () => {
    const { maxRegisters = 125, maxHole = 16 } = profile.quirks;
    for (const block of planBlocks(registersFor(profile, names), profile.quirks)) {
      expect(block.quantity).toBeLessThanOrEqual(maxRegisters);
      let covered = block.address;
      for (const { from, to } of block.registers.map(spanOf)) {
        expect(from - covered).toBeLessThanOrEqual(maxHole);
        covered = Math.max(covered, to);
      }
    }
  });

  it('can be probed in at least three sizes that its own registers answer', () => {
    const { address, quantities } = profile.probe;
    expect(new Set(quantities).size).toBeGreaterThanOrEqual(3);
    if (profile.sunspec) return;
    const own = new Set(
      profile.registers.flatMap((r) => Array.from({ length: REGISTERS_OF[r.type] }, (_, i) => r.address + i)),
    );
    for (let i = 0; i < Math.max(...quantities); i++) expect(own).toContain(address + i);
  });
});
