import type { PlanMeter } from '#contract/plan.ts';
import type { QuantityName } from '#contract/quantities.ts';
import { DEFAULT_TASKS, type Task, type TaskKind } from '#contract/tasks.ts';
import { instantOf, isoLocal } from '#contract/zone.ts';
import type { Clock } from '#platform/clock.ts';
import { Dlt645Reader } from '../../../../collector/protocols/dlt645/reader.ts';
import { type Trouble, type Wire, WireStub } from './wire-stub.ts';

export const ZONE = 'Asia/Shanghai';
export const ADDRESS = '000012345678';

/** A clock that stands still, or goes on by `stepMs` each time somebody looks. */
export function clockAt(now: number, stepMs = 0): Clock {
  let wall = now - stepMs;
  return {
    now: () => {
      wall += stepMs;
      return wall;
    },
    mono: () => wall,
    after: () => () => {},
    sleep: () => Promise.reject(new Error('nobody sleeps here')),
  };
}

export function meterOf(model: string): PlanMeter {
  return {
    id: 'm1',
    line: 'l1',
    address: '12345678',
    model,
    installedAt: 0,
    removedAt: null,
    collectedFrom: 0,
  };
}

/** The default task of a kind, with other items if given. */
export function taskOf(kind: TaskKind, items?: readonly QuantityName[]): Task {
  const base = DEFAULT_TASKS.find((task) => task.kind === kind) ?? DEFAULT_TASKS[0];
  if (!base) throw new Error('no default tasks');
  return { ...base, kind, ...(items ? { items: [...items] } : {}) };
}

export function readerOn(wire: Wire, clock: Clock): { reader: Dlt645Reader; line: WireStub } {
  const line = new WireStub(wire);
  return { reader: new Dlt645Reader({ exchanger: line, clock, zone: ZONE }), line };
}

/** Local date and time in the zone, `2026-11-20 00:05`, to UTC ms. */
export function local(text: string): number {
  const [date = '', time = '00:00'] = text.split(' ');
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  return instantOf(ZONE, date, hours * 3600 + minutes * 60 + seconds);
}

function digits(instant: number): { YY: string; MM: string; DD: string; hh: string; mm: string; ss: string } {
  const [YY = '', MM = '', DD = '', hh = '', mm = '', ss = ''] = isoLocal(ZONE, instant).slice(2, 19).split(/[-T:]/);
  return { YY, MM, DD, hh, mm, ss };
}

/** YYMMDDhhmm as it stands on the wire. */
export function stamp(instant: number): string {
  const { YY, MM, DD, hh, mm } = digits(instant);
  return mm + hh + DD + MM + YY;
}

/** YYMMDDhhmmss as it stands on the wire. */
export function eventTime(instant: number): string {
  return digits(instant).ss + stamp(instant);
}

/** Answers to 04000101 and 04000102 of a meter whose clock shows `instant`. */
export function clockItems(instant: number): Record<string, string> {
  const { YY, MM, DD, hh, mm, ss } = digits(instant);
  return { '04000101': `05${DD}${MM}${YY}`, '04000102': ss + mm + hh };
}

/** Answers to 0400010C of such a meter. */
export function wholeClockItem(instant: number): Record<string, string> {
  const { YY, MM, DD, hh, mm, ss } = digits(instant);
  return { '0400010C': `${ss}${mm}${hh}05${DD}${MM}${YY}` };
}

function wh(value: number): string {
  const text = String(value / 10).padStart(8, '0');
  return Buffer.from(text, 'hex').reverse().toString('hex');
}

/**
 * Freezes of a meter, newest first: stamp, import block and export block. The registers tell the freezes apart: the
 * n-th last has 1000 − n kWh, and its rates a tenth of that.
 */
export function freezeItems(stamps: readonly (number | null)[]): Record<string, string | Trouble> {
  const items: Record<string, string | Trouble> = {};
  for (const [i, at] of stamps.entries()) {
    const n = (i + 1).toString(16).toUpperCase().padStart(2, '0');
    const total = 1_000_000 - (i + 1) * 1000;
    items[`050600${n}`] = at === null ? '0000000000' : stamp(at);
    items[`050601${n}`] = wh(total) + wh(total / 10).repeat(2) + 'FFFFFFFF'.repeat(2);
    items[`050602${n}`] = wh(total / 100);
  }
  return items;
}

/** Midnights of the local days before and up to `date`, newest first. */
export function midnights(date: string, count: number): number[] {
  const newest = local(date);
  return Array.from({ length: count }, (_, i) => newest - i * 86_400_000);
}
