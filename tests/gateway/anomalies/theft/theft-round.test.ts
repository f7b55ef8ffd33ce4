import { describe, expect, it } from 'vitest';
import type { Anomaly, AnomalyVerdict } from '#contract/anomaly.ts';
import type { NewCentreEvent } from '#contract/centre-event.ts';
import { addDays } from '#contract/zone.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import type { AnomalyStore } from '#stores/anomaly-store.ts';
import type { AreaDayRow } from '#stores/figures-store.ts';
import { TheftRound } from '../../../../gateway/anomalies/theft/theft-round.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { quietLogger } from '../../../support/quiet-logger.ts';
import { randomFrom } from '../../../support/random.ts';
import { lossSite } from '../../domain/line-loss/loss-site.ts';
import { at } from '../../domain/site.ts';

const CUSTOMERS = 12;
const FIRST = '2026-09-01';
const FREEZES = 80;
/** The meter of the thief counts a tenth from here on. */
const THEFT = 50;
const USE_WH = 8000;

interface Kept {
  readonly anomalies: Map<string, Anomaly>;
  readonly events: NewCentreEvent[];
  readonly verdicts: AnomalyVerdict[];
}

/** Registers and losses of an area with a thief, kept as the figures keep them. */
function keptFigures(site: RegistryIndex) {
  const random = randomFrom(5);
  const ids = [...site.meters()].map(({ id }) => id);
  const registers = new Map(ids.map((id) => [id, 1_000_000]));
  const days = new Map<string, Float64Array>();
  const areas = new Map<string, AreaDayRow>();
  for (let day = 0; day < FREEZES; day++) {
    const date = addDays(FIRST, day);
    days.set(
      date,
      Float64Array.from(ids, (id) => registers.get(id) ?? Number.NaN),
    );
    let lostWh = 0;
    for (const id of ids) {
      const used = Math.round(USE_WH * (0.9 + 0.2 * random()));
      const counted = id === 'c3' && day >= THEFT ? Math.round(used / 10) : used;
      lostWh += used - counted + Math.round(used * 0.03);
      registers.set(id, (registers.get(id) ?? 0) + counted);
    }
    const soldWh = 100_000;
    const content = { why: null, suppliedWh: soldWh + lostWh, soldWh, customers: CUSTOMERS, read: CUSTOMERS };
    areas.set(date, { area: 'a1', date, content });
  }
  return {
    ids,
    days: async () =>
      [...days.keys()].map((date) => ({ task: 'freeze-day', date, slots: [], rows: ids.length, version: 1 })),
    chunks: async (task: string, date: string) => {
      const wh = days.get(date);
      return wh
        ? [{ task, date, column: 'importWh' as const, chunk: 0, version: 1, bytes: new Uint8Array(wh.buffer) }]
        : [];
    },
    areaDays: async (from: string) => [areas.get(from)].filter((row) => row !== undefined),
  };
}

function keptAnomalies(kept: Kept): AnomalyStore {
  const unused = (): never => expect.fail('nobody asks for this');
  return {
    commit: async ({ anomalies, events }) => {
      for (const anomaly of anomalies) kept.anomalies.set(anomaly.id, anomaly);
      kept.events.push(...events);
    },
    list: async ({ rules }) => [...kept.anomalies.values()].filter(({ rule }) => rules?.includes(rule) ?? true),
    verdicts: async () => kept.verdicts,
    get: unused,
    judge: unused,
    counts: unused,
    verdictCounts: unused,
  };
}

async function rounds(kept: Kept, upTo: string, from = addDays(FIRST, 45)): Promise<void> {
  const index = new RegistryIndex(lossSite(CUSTOMERS));
  const figures = keptFigures(index);
  const clock = new ManualClock(at(from, '08:00'));
  const round = new TheftRound({
    figures,
    anomalies: keptAnomalies(kept),
    meterRows: { all: async () => figures.ids },
    task: 'freeze-day',
    bands: { lossMinSuccessPercent: 95 },
    clock,
    logger: quietLogger(),
  });
  for (let date = from; date <= upTo; date = addDays(date, 1)) {
    clock.jump(at(date, '08:00') - clock.now());
    while (await round.tick(index));
  }
}

describe('the daily look for theft', () => {
  it('suspects the thief, once, with the reasons in words', async () => {
    const kept: Kept = { anomalies: new Map(), events: [], verdicts: [] };
    await rounds(kept, addDays(FIRST, 70));
    const [found, ...others] = [...kept.anomalies.values()];
    expect(others).toEqual([]);
    expect(found).toMatchObject({ rule: 'theft_suspected', meter: 'c3', area: 'a1', closedAt: null });
    expect(found?.facts['reasonsEn']).toContain('daily use fell from');
    expect(found?.facts['reasonsZh']).toContain('日用电量');
    expect(kept.events.map(({ type, subject }) => [type, subject])).toEqual([['anomaly.opened.v1', found?.id]]);
  });

  it('opens nothing twice after a start in between', async () => {
    const kept: Kept = { anomalies: new Map(), events: [], verdicts: [] };
    await rounds(kept, addDays(FIRST, 62));
    expect(kept.anomalies.size).toBe(1);
    await rounds(kept, addDays(FIRST, 66), addDays(FIRST, 63));
    expect(kept.events.map(({ type }) => type)).toEqual(['anomaly.opened.v1']);
  });

  it('lets a suspicion end when the field found no theft, and does not raise it again for the same fall', async () => {
    const kept: Kept = { anomalies: new Map(), events: [], verdicts: [] };
    await rounds(kept, addDays(FIRST, 62));
    const [found] = kept.anomalies.values();
    const judgedAt = at(addDays(FIRST, 62), '12:00');
    kept.verdicts.push({ anomaly: found?.id ?? '', verdict: 'notTheft', at: judgedAt, by: 'k', note: '' });
    await rounds(kept, addDays(FIRST, 78), addDays(FIRST, 63));
    expect(kept.events.map(({ type }) => type)).toEqual(['anomaly.opened.v1', 'anomaly.closed.v1']);
  });
});
