import { expect, it } from 'vitest';
import { RegistryIndex } from '#domain/registry-index.ts';
import type { Batch, BatchStore } from '#stores/batch-store.ts';
import type { RevisionStore } from '#stores/revision-store.ts';
import { OverridesQuery } from '../../api/queries/overrides.ts';
import { at, installation, meter, registry, task } from '../gateway/domain/site.ts';

const SLOT = at('2026-11-01');
const MOVED = at('2026-11-05');

it('a reading is part of the batch of the district in which the meter hung then', async () => {
  const index = new RegistryIndex(
    registry({
      districts: ['d1', 'd2'].map((id) => ({ id, name: id })),
      feeders: ['1', '2'].map((id) => ({ id: `f${id}`, name: id, district: `d${id}` })),
      areas: ['1', '2'].map((id) => ({ id: `a${id}`, name: id, feeder: `f${id}`, kva: 1 })),
      meters: [meter('m1', { area: 'a2' })],
      installations: [
        installation('m1', { area: 'a1', to: MOVED, endWh: 5 }),
        installation('m1', { area: 'a2', from: MOVED, startWh: 5 }),
      ],
    }),
  );
  const nothing = async () => [];
  const ofSlot: BatchStore['ofSlot'] = async () =>
    ['d1', 'd2', null].map((district) => ({ id: `of ${district}`, district, state: 'acknowledged' }) as Batch);
  const revisions: Pick<RevisionStore, 'history' | 'ofMeter' | 'ofSlot'> = {
    history: nothing,
    ofMeter: nothing,
    ofSlot: nothing,
  };
  const overrides = new OverridesQuery({ ofMeter: nothing, ofSlot: nothing }, revisions as RevisionStore, { ofSlot });
  const { batches } = await overrides.of(index, {
    meter: meter('m1', { area: 'a2' }),
    task: task('freeze-day'),
    slot: SLOT,
  });
  expect(batches.map(({ id }) => id)).toEqual(['of d1', 'of null']);
});
