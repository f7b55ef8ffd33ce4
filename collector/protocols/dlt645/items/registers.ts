import {
  APPARENT,
  APPARENT_POWER,
  ENERGY,
  ENERGY_SIGNED,
  type Format,
  POWER,
  REACTIVE,
  REACTIVE_POWER,
  REACTIVE_SIGNED,
} from '../data-format.ts';

/** What an energy register counts: DI2 of energies and demands (DL/T 645-2007 tables A.1 and A.2). */
export interface Register {
  readonly zh: string;
  readonly en: string;
  readonly energy: Format;
  /** Format of its demand, or null where the standard knows none. */
  readonly demand: Format | null;
  /** True when it has rates besides its total. */
  readonly hasRates: boolean;
}

type Row = readonly [zh: string, en: string, energy: Format, demand: Format | null];

/** By DI2 of the whole meter. */
const KINDS: ReadonlyMap<number, Row> = new Map<number, Row>([
  [0x00, ['组合有功', 'active energy, combined', ENERGY_SIGNED, null]],
  [0x01, ['正向有功', 'active energy import', ENERGY, POWER]],
  [0x02, ['反向有功', 'active energy export', ENERGY, POWER]],
  [0x03, ['组合无功1', 'reactive energy, combined 1', REACTIVE_SIGNED, REACTIVE_POWER]],
  [0x04, ['组合无功2', 'reactive energy, combined 2', REACTIVE_SIGNED, REACTIVE_POWER]],
  [0x05, ['第一象限无功', 'reactive energy, quadrant 1', REACTIVE, REACTIVE_POWER]],
  [0x06, ['第二象限无功', 'reactive energy, quadrant 2', REACTIVE, REACTIVE_POWER]],
  [0x07, ['第三象限无功', 'reactive energy, quadrant 3', REACTIVE, REACTIVE_POWER]],
  [0x08, ['第四象限无功', 'reactive energy, quadrant 4', REACTIVE, REACTIVE_POWER]],
  [0x09, ['正向视在', 'apparent energy import', APPARENT, APPARENT_POWER]],
  [0x0a, ['反向视在', 'apparent energy export', APPARENT, APPARENT_POWER]],
  [0x80, ['关联', 'associated energy', ENERGY, null]],
  [0x81, ['正向有功基波', 'fundamental active energy import', ENERGY, null]],
  [0x82, ['反向有功基波', 'fundamental active energy export', ENERGY, null]],
  [0x83, ['正向有功谐波', 'harmonic active energy import', ENERGY, null]],
  [0x84, ['反向有功谐波', 'harmonic active energy export', ENERGY, null]],
  [0x85, ['铜损有功补偿', 'copper loss compensation', ENERGY, null]],
  [0x86, ['铁损有功补偿', 'iron loss compensation', ENERGY, null]],
]);

/** The registers of phase A stand 14h above those of the whole meter, of B 28h, of C 3Ch. */
const PHASE_STEP = 0x14;
const PHASES = ['', 'A', 'B', 'C'] as const;
/** DI2 up to here have rates. */
const LAST_WITH_RATES = 0x0a;

/** DI1 of the rates goes up to here; a block is the total and then the rates that the meter has. */
export const MOST_RATES = 0x3f;
/** Settlement days that a meter keeps, counted back: DI0 1 to 12. */
export const SETTLEMENTS_KEPT = 12;

/** The register that DI2 names, or null. */
export function registerOf(di2: number): Register | null {
  for (const [i, phase] of PHASES.entries()) {
    const base = di2 - i * PHASE_STEP;
    const row = KINDS.get(base);
    // Combined active energy is one of the whole meter only.
    if (!row || (i > 0 && base === 0)) continue;
    const [zh, en, energy, demand] = row;
    if (i === 0) return { zh, en, energy, demand, hasRates: base <= LAST_WITH_RATES };
    return { zh: `${phase} 相${zh}`, en: `${en}, phase ${phase}`, energy, demand, hasRates: false };
  }
  return null;
}

const RATES_ZH = ['总', '尖', '峰', '平', '谷'] as const;
const RATES_EN = ['total', 'rate 1 (sharp peak)', 'rate 2 (peak)', 'rate 3 (flat)', 'rate 4 (valley)'] as const;

/** The total, or a rate by its number. Rates 1 to 4 are named as is the national habit. */
export function rateName(rate: number): { readonly zh: string; readonly en: string } {
  return { zh: RATES_ZH[rate] ?? `费率 ${rate} `, en: RATES_EN[rate] ?? `rate ${rate}` };
}

/** When a register was as it says: now, or at the end of a settlement period counted back. */
export function settlementName(di0: number): { readonly zh: string; readonly en: string } {
  return di0 === 0 ? { zh: '', en: '' } : { zh: `上 ${di0} 结算日`, en: `, settlement ${di0} back` };
}
