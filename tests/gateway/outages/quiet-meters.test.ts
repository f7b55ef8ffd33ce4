import { describe, expect, it } from 'vitest';
import type { Batch } from '#contract/envelope.ts';
import type { Outage } from '#contract/outage.ts';
import { applyEvidence } from '#domain/outages/apply-evidence.ts';
import { type Evidence, evidenceOfEvent, evidenceOfOutcome, evidenceOfReading } from '#domain/outages/evidence.ts';
import { type OutageState, restoreState } from '#domain/outages/outage-state.ts';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import { type OutageTopology, topologyAt } from '#domain/outages/topology.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import type { OutageStore } from '#stores/state-store.ts';
import { arrivalOf } from '../../../gateway/ingest/arrival.ts';
import { Judge, type Judged } from '../../../gateway/ingest/judge.ts';
import { OutageWatch } from '../../../gateway/outages/outage-watch.ts';
import { envelope, NOW, outcomeBatch, powerDowns, readingBatch, SLOT } from '../../support/centre.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { randomFrom, testSeed } from '../../support/random.ts';
import { installation, meter, registry } from '../domain/site.ts';

const MIN = 60_000;
const IDS = Array.from({ length: 8 }, (_, i) => `m${i}`);
const SITE = registry({
  meters: [
    meter('s', { role: 'supply', model: 'dlt645-3ph' }),
    ...IDS.map((id, i) => meter(id, i % 3 === 0 ? { model: 'dlt645-3ph' } : {})),
  ],
  installations: ['s', ...IDS].map((id) => installation(id)),
});
const PHASES = ['voltage_a_v', 'voltage_b_v', 'voltage_c_v'] as const;

/** What a collector tells of the area in one go: mostly that all is well. */
function batchesFrom(random: () => number, slot: number): Batch[] {
  const batches: Batch[] = [];
  const isTrouble = random() < 0.3;
  const voltageV = (): number | null => {
    if (!isTrouble || random() < 0.5) return random() < 0.05 ? null : 220;
    return random() < 0.7 ? 0 : 150;
  };
  for (const id of ['s', ...IDS].filter(() => random() < 0.7)) {
    const at = slot - Math.floor(random() * 3) * 15 * MIN;
    const what = random();
    if (what < 0.8) batches.push(readingBatch('profile', PHASES, [[id, at, voltageV(), voltageV(), voltageV()]]));
    else if (what < 0.9) batches.push(outcomeBatch('profile', { meter: id, slot: at, at: at + MIN }));
    else if (isTrouble) batches.push(powerDowns([id, at, random() < 0.5 ? null : at + 5 * MIN]));
  }
  return batches;
}

function evidenceOf({ taken, outcomes, events }: Judged): Evidence[] {
  const settings = DEFAULT_OUTAGE_SETTINGS;
  const ofReadings = taken.flatMap(({ meter: { id }, slot, readAt, values, model, task }) =>
    evidenceOfReading({ meter: id, slot, readAt, values }, model, task, settings),
  );
  const others = [...outcomes.map(evidenceOfOutcome), ...events.map(evidenceOfEvent)];
  return [...ofReadings, ...others.flatMap((found) => found ?? [])];
}

/** Applies all evidence as it comes, holding nothing back. */
class PlainWatch {
  readonly saved: Outage[] = [];
  readonly #topology: OutageTopology;
  #state: OutageState = restoreState([]);

  constructor(index: RegistryIndex) {
    this.#topology = topologyAt(index, NOW);
  }

  watch(judged: Judged): void {
    const step = applyEvidence(this.#state, evidenceOf(judged), this.#topology, DEFAULT_OUTAGE_SETTINGS);
    this.#state = step.state;
    this.saved.push(...step.changed);
  }
}

describe('ordinary supply that is held back until something happens', () => {
  it('changes no outage', async () => {
    const seed = testSeed();
    const random = randomFrom(seed);
    const index = new RegistryIndex(SITE);
    let outages = 0;
    for (let round = 0; round < 60; round++) {
      const saved: Outage[] = [];
      const store = { save: async (outage: Outage) => void saved.push(outage), list: async () => [] };
      const watch = await OutageWatch.open({
        store: store as unknown as OutageStore,
        settings: DEFAULT_OUTAGE_SETTINGS,
        registry: index,
        clock: new ManualClock(NOW),
        logger: quietLogger(),
      });
      const plain = new PlainWatch(index);
      const judge = new Judge(index, []);
      let compared = 0;
      for (let step = 0; step < 40; step++) {
        const batches = batchesFrom(random, SLOT + step * 15 * MIN);
        if (batches.length === 0) continue;
        const judged = judge.judge([arrivalOf('d1', 'c1', Buffer.from(envelope(1, batches)))], NOW);
        await watch.watch(judged);
        plain.watch(judged);
        expect(saved.slice(compared), `METERWAY_TEST_SEED=${seed}, round ${round}, step ${step}`).toEqual(
          plain.saved.slice(compared),
        );
        compared = saved.length;
      }
      outages += saved.length;
    }
    expect(outages).toBeGreaterThan(100);
  });
});
