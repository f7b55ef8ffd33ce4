import { describe, expect, it } from 'vitest';
import { meterModel } from '#contract/models.ts';
import type { Plan } from '#contract/plan.ts';
import { DEFAULT_TASKS } from '#contract/tasks.ts';
import { modbusProfile } from '../../../collector/profiles/modbus-catalogue.ts';
import { admission, describeRefusal } from '../../../collector/schedule/admission.ts';

const catalogue = { modelOf: meterModel, profileOf: modbusProfile };
const timing = { replyTimeoutMs: 1200, byteGapMs: 700, pauseMs: 5, quietMs: 200 };

function planOf(meters: number, everyS: number, lines = 1): Plan {
  const ids = Array.from({ length: lines }, (_, i) => `L${i}`);
  return {
    v: 1,
    version: 'p',
    district: 'd',
    collector: 'c',
    timeZone: 'Asia/Shanghai',
    tasks: DEFAULT_TASKS.filter(({ id }) => id === 'instant').map((task) => ({ ...task, calendar: { everyS } })),
    lines: ids.map((id) => ({
      id,
      protocol: 'dlt645' as const,
      link: {
        serial: { path: id, baudRate: 2400, parity: 'even' as const, dataBits: 8 as const, stopBits: 1 as const },
      },
      concentrator: null,
      timing,
    })),
    meters: ids.flatMap((line) =>
      Array.from({ length: meters }, (_, i) => ({
        id: `${line}-${i}`,
        line,
        address: `${i}`,
        model: 'dlt645-3ph',
        installedAt: 0,
        removedAt: null,
        collectedFrom: 0,
      })),
    ),
  };
}

describe('the admission of a plan', () => {
  it('passes what fits', () => {
    expect(admission(planOf(20, 300), catalogue)).toEqual({ refused: [], crowded: [] });
  });

  it('refuses what cannot fit however fast the meters are, with the arithmetic', () => {
    const { refused, crowded } = admission(planOf(200, 60), catalogue);
    expect(crowded).toEqual([]);
    expect(refused).toHaveLength(1);
    expect(describeRefusal(refused)).toMatch(
      /^line L0 needs \d+ s of every 60\.0 s; the largest share is task instant of 200 meters dlt645-3ph: .* would fit$/,
    );
  });

  it('warns of what fits only with meters faster than usual', () => {
    const meters = Array.from({ length: 300 }, (_, i) => i + 1);
    const between = meters.filter((count) => {
      const { refused, crowded } = admission(planOf(count, 60), catalogue);
      return refused.length === 0 && crowded.length === 1;
    });
    expect(between.length).toBeGreaterThan(3);
    // Between what always fits and what never does, without a hole.
    expect(between.at(-1)).toBe((between[0] ?? 0) + between.length - 1);
  });

  it('does not count meters that were removed', () => {
    const plan = planOf(200, 60);
    const removed = { ...plan, meters: plan.meters.map((meter, i) => (i < 190 ? { ...meter, removedAt: 1 } : meter)) };
    expect(admission(removed, catalogue).refused).toEqual([]);
  });

  it('names a few of many lines', () => {
    const text = describeRefusal(admission(planOf(300, 60, 9), catalogue).refused);
    expect(text).toContain('line L4 needs');
    expect(text).not.toContain('line L5 needs');
    expect(text).toContain('; and 4 lines more.');
  });
});
