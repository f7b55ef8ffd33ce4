import type { SimMeter } from '../world/meter.ts';
import type { Registers } from '../world/registers.ts';
import { digits, timeBytes } from './bcd.ts';
import type { Identifier } from './identifier.ts';

/** Nominal phase voltage, V; a phase below 60 % of it without current counts as open (断相). */
const NOMINAL_V = 220;
/** A phase below this share of it that carries current has lost voltage (失压). */
const VOLTAGE_LOST = 0.78;

const bit = (number: number, set: boolean): number => (set ? 1 << number : 0);

/** Status words 1 to 7 (appendix C): those bits that the simulated faults can set. */
export function statusWords(meter: SimMeter, now: Registers): number[] {
  const directions = [now.powersW.a, now.powersW.b, now.powersW.c].map((watts) => (watts ?? 0) < 0);
  const open = now.voltagesV.map(
    (volts, i) => !now.onBattery && volts !== null && volts < 0.6 * NOMINAL_V && (now.currentsA[i] ?? 0) === 0,
  );
  const weak = now.voltagesV.map(
    (volts, i) => volts !== null && volts < VOLTAGE_LOST * NOMINAL_V && (now.currentsA[i] ?? 0) !== 0,
  );
  const clockLost = Math.abs(now.clockOffsetS) > 3_600;
  return [
    bit(2, clockLost) | bit(4, now.powersW.total < 0),
    directions.reduce((word, reverse, phase) => word | bit(phase, reverse), 0),
    bit(2, now.onBattery) | bit(4, now.relayOpen) | bit(6, now.relayOpen),
    ...open
      .slice(0, 3)
      .map(
        (lost, phase) =>
          bit(0, weak[phase] ?? false) | bit(6, directions[phase] ?? false) | bit(7, lost && meter.phases === 3),
      ),
    bit(5, now.onBattery),
  ];
}

const word = (value: number): number[] => [value & 0xff, value >> 8];

/** `04 00 DI1 DI0` of every meter: tariffs, impulses per kWh, classes and intervals (min) of the load profile, when freezes are due. */
const CONSTANTS: ReadonlyMap<number, readonly number[]> = new Map([
  [0x0204, [0x04]],
  [0x0409, [0x00, 0x12, 0x00]],
  [0x0901, [0x3f]],
  ...[2, 3, 4, 5, 6, 7].map((di0): [number, number[]] => [0x0a00 | di0, [0x15, 0x00]]),
  [0x0b01, [0x00, 0x01]],
  [0x1202, [0x60]],
  [0x1203, [0x00, 0x00]],
]);

/** `04 00 …`: date and time, address and number, status words. */
export function parameterItem(meter: SimMeter, { di2, di1, di0 }: Identifier, atMs: number): number[] | undefined {
  if (di2 !== 0) return undefined;
  if (di1 === 0x01) return clockItem(meter.clockMs(atMs), di0);
  if (di1 === 0x04 && di0 === 0x01) return digits(meter.spec.address);
  if (di1 === 0x04 && di0 === 0x02) return digits(meter.spec.id);
  const constant = CONSTANTS.get((di1 << 8) | di0);
  if (constant) return [...constant];
  if (di1 !== 0x05) return undefined;
  const words = statusWords(meter, meter.registers(atMs));
  if (di0 === 0xff) return words.flatMap(word);
  const one = words[di0 - 1];
  return one === undefined ? undefined : word(one);
}

/** 01 YYMMDDWW, 02 hhmmss, 0C YYMMDDWWhhmmss, each low byte first. */
function clockItem(clockMs: number, di0: number): number[] | undefined {
  const fields = new Map([
    [0x01, 'WDMY'],
    [0x02, 'smh'],
    [0x0c, 'smhWDMY'],
  ]).get(di0);
  return fields === undefined ? undefined : timeBytes(clockMs, fields);
}
