import { describe, expect, it } from 'vitest';
import type { Outage } from '#contract/outage.ts';
import type { Evidence } from '#domain/outages/evidence-types.ts';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import { recallSupply } from '../../../gateway/outages/recall-supply.ts';
import { NOW } from '../../support/centre.ts';
import { AREA, MIN, outage } from './at-work.ts';

/** What the engine is told after a start with these incidents, and what the store was asked; m7 had voltage always. */
async function recalled(...outages: Outage[]) {
  const taken: Evidence[] = [];
  const asked: { task: string; slot: number; meters: readonly string[] }[] = [];
  const ofSlot: ReadingStore['ofSlot'] = async (task, slot, meters) => {
    asked.push({ task, slot, meters });
    const reading = { meter: 'm7', slot, meterTime: null, readAt: slot + 1000, rules: [] };
    return [{ ...reading, quality: 'valid', values: { voltage_a_v: 230 } }];
  };
  await recallSupply(
    {
      readings: { ofSlot },
      registry: new RegistryIndex(AREA),
      settings: DEFAULT_OUTAGE_SETTINGS,
      engine: { take: (evidence) => void taken.push(...evidence) },
    },
    outages,
    NOW,
  );
  return { taken, asked };
}

describe('what is recalled after a start', () => {
  it('is which meters around an incident that lasts had supply, by the last readings of their voltage', async () => {
    const { taken, asked } = await recalled(outage());
    expect(new Set(asked.map(({ task }) => task))).toEqual(new Set(['profile', 'instant']));
    expect(asked[0]?.meters).toEqual(AREA.meters.map(({ id }) => id));
    expect(asked.every(({ slot }) => slot <= NOW && slot > NOW - 120 * MIN)).toBe(true);
    expect(taken).toContainEqual({
      fact: 'voltage_on',
      meter: 'm7',
      at: NOW + 1000,
      seenAt: NOW + 1000,
      present: ['a'],
      missing: [],
    });
  });

  it('is nothing where all is over, or only the way to the meters is down', async () => {
    const { asked } = await recalled(
      outage({ state: 'restored', restoredAt: NOW }),
      outage({ state: 'dismissed' }),
      outage({ kind: 'collection', node: 'line', nodeId: 'l1' }),
    );
    expect(asked).toEqual([]);
  });

  it('takes some slots of each area, whatever number of incidents there is in it', async () => {
    const { asked } = await recalled(outage({ id: 'o1' }), outage({ id: 'o2', state: 'unconfirmed' }));
    expect(asked).toHaveLength(12);
  });
});
