import { describe, expect, it } from 'vitest';
import { MeterwayError } from '#platform/errors.ts';
import type { OutageCommit, OutageStore } from '#stores/outage-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { instead, NOW, powerDowns, readingBatch, SLOT } from '../../support/centre.ts';
import { centresOf } from '../../support/centre-places.ts';
import { ScriptedEngine } from '../../support/scripted-engine.ts';
import { AREA, CUSTOMERS, judged, MIN, NOTHING_JUDGED, outage, told, watchOver } from './at-work.ts';

const { place } = centresOf(AREA);

async function stateOf(at = place()): Promise<StateStore> {
  return (await at.stores()).state;
}

/** The store, and what was committed to it; `refuse` makes the next commits fail. */
function watched(store: OutageStore): { store: OutageStore; commits: OutageCommit[]; refuse: Error[] } {
  const commits: OutageCommit[] = [];
  const refuse: Error[] = [];
  const through = instead(store, 'commit', (commit) => async (changes) => {
    const error = refuse.shift();
    if (error) throw error;
    await commit(changes);
    commits.push(changes);
  });
  return { store: through, commits, refuse };
}

const LOST = judged(AREA, powerDowns(['m0', SLOT, null], ['m1', SLOT, null]));

/** Finds the outage of `LOST` once, with the memory of its meters. */
function finds(...changed: ReturnType<typeof outage>[]): ScriptedEngine {
  const engine = new ScriptedEngine();
  const supply = [{ meter: 'm0', text: `dark since ${SLOT}` }];
  engine.onTake = (evidence) => (evidence.length > 0 ? [{ changed, supply }] : []);
  return engine;
}

describe('the outage watch', () => {
  it('stores an incident, the memory of its meters and the event that tells of it in one commit', async () => {
    const state = await stateOf();
    const { store, commits } = watched(state.outages);
    const { watch, engine } = await watchOver(state, { engine: finds(outage()), store });
    await watch.watch(LOST);
    expect(engine.taken).toMatchObject([
      { fact: 'power_down', meter: 'm0' },
      { fact: 'power_down', meter: 'm1' },
    ]);
    expect(commits).toHaveLength(1);
    expect(await state.outages.get('outage-a1-1')).toEqual(outage());
    expect(await state.outages.supply()).toEqual([{ meter: 'm0', text: `dark since ${SLOT}` }]);
    expect(await told(state)).toEqual(['outage.opened.v1 outage-a1-1']);
  });

  it('writes nothing for ordinary supply, and makes no evidence of it', async () => {
    const state = await stateOf();
    const { store, commits } = watched(state.outages);
    const { watch, engine } = await watchOver(state, { store });
    const rows = CUSTOMERS.map((id) => [id, SLOT, 230] as const);
    await watch.watch(judged(AREA, readingBatch('instant', ['voltage_a_v'], rows)));
    expect(engine.ordinaries).toHaveLength(CUSTOMERS.length);
    expect(engine.taken).toEqual([]);
    expect(commits).toEqual([]);
  });

  it('tells the operator once that supply is lost and once that it is back', async () => {
    const state = await stateOf();
    const engine = new ScriptedEngine();
    const { watch, clock, logger } = await watchOver(state, { engine });
    engine.script.push({ changed: [outage()] });
    await watch.watch(NOTHING_JUDGED);
    await clock.advance(5000);
    engine.script.push({ changed: [outage({ revision: 2, customers: 9 })] });
    await watch.watch(NOTHING_JUDGED);
    engine.script.push({ changed: [outage({ revision: 3, state: 'restored', restoredAt: SLOT + 30 * MIN })] });
    await watch.watch(NOTHING_JUDGED);
    const warnings = logger.lines.filter(({ level }) => level === 'warn');
    expect(warnings.map(({ message }) => message)).toEqual(['supply is lost', 'supply is back']);
    expect(warnings[0]?.fields).toMatchObject({ outage: 'outage-a1-1', node: 'area', nodeId: 'a1', meters: 2 });
  });

  it('counts evidence, open incidents and the time that it took, for the metrics', async () => {
    const state = await stateOf();
    const { watch, metrics } = await watchOver(state, { engine: finds(outage({ firstEvidenceAt: SLOT + MIN })) });
    await watch.watch(LOST);
    const text = await metrics.text();
    expect(text).toContain('meterway_outage_evidence_total{fact="power_down",process="test"} 2');
    expect(text).toContain('meterway_outage_incidents{kind="outage",state="open",process="test"} 1');
    expect(text).toContain('meterway_outage_detect_seconds_count{process="test",since="seen"} 1');
    expect(text).toContain('meterway_outage_detect_seconds_count{process="test",since="arrival"} 1');
    expect(text).toContain('meterway_outage_storm{process="test"} 0');
  });

  it('lets other work run between the pieces of what it has to work out', async () => {
    const state = await stateOf();
    const engine = new ScriptedEngine();
    const { watch, clock } = await watchOver(state, { engine });
    for (let i = 0; i < 20; i++) engine.script.push({ changed: [] });
    const settle = engine.settle.bind(engine);
    engine.settle = () => {
      clock.workedMs += 10;
      return settle();
    };
    let turns = 0;
    let isDone = false;
    const others = (): void => {
      turns += 1;
      if (!isDone) setImmediate(others);
    };
    setImmediate(others);
    await watch.watch(NOTHING_JUDGED);
    isDone = true;
    expect(turns).toBeGreaterThanOrEqual(10);
  });
});

describe('the outage watch and a store that fails', () => {
  it('rejects, so that nothing is acked, and writes the same when it is handed over again', async () => {
    const state = await stateOf();
    const { store, refuse } = watched(state.outages);
    const { watch, engine } = await watchOver(state, { engine: finds(outage()), store });
    refuse.push(new MeterwayError('cannot write: busy', { code: 'busy', next: 'retry' }));
    await expect(watch.watch(LOST)).rejects.toThrow('busy');
    expect(await told(state)).toEqual([]);
    engine.onTake = () => [];
    await watch.watch(LOST);
    expect(await state.outages.get('outage-a1-1')).toEqual(outage());
    expect(await told(state)).toEqual(['outage.opened.v1 outage-a1-1']);
  });

  it('does not tell twice of what was committed although the store said that it was not', async () => {
    const state = await stateOf();
    const engine = new ScriptedEngine();
    let isLost = false;
    const store = instead(state.outages, 'commit', (commit) => async (changes) => {
      await commit(changes);
      if (isLost) throw new MeterwayError('cannot tell: the connection is gone', { code: 'gone', next: 'retry' });
    });
    const { watch } = await watchOver(state, { engine, store });
    engine.script.push({ changed: [outage()] });
    await watch.watch(NOTHING_JUDGED);
    const back = outage({ state: 'restored', restoredAt: SLOT + MIN, revision: 2 });
    engine.script.push({ changed: [back] });
    isLost = true;
    await expect(watch.watch(NOTHING_JUDGED)).rejects.toThrow('cannot tell');
    isLost = false;
    await watch.watch(NOTHING_JUDGED);
    expect(await state.outages.get(back.id)).toEqual(back);
    expect(await told(state)).toEqual(['outage.opened.v1 outage-a1-1', 'outage.restored.v1 outage-a1-1']);
  });

  it('opens nothing a second time when the process was killed after the commit and the evidence comes again', async () => {
    const at = place();
    const state = await stateOf(at);
    const before = await watchOver(state, { engine: finds(outage()) });
    await before.watch.watch(LOST);
    const again = await watchOver(state, { engine: finds(outage()) });
    expect(again.engine.kept).toEqual({ supply: [{ meter: 'm0', text: `dark since ${SLOT}` }], outages: [outage()] });
    await again.watch.watch(LOST);
    expect(await state.outages.get('outage-a1-1')).toEqual(outage());
    expect(await told(state)).toEqual(['outage.opened.v1 outage-a1-1']);
    expect(again.logger.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('goes on from the revision that was told when the engine has forgotten the incident', async () => {
    const state = await stateOf();
    const over = outage({ state: 'restored', restoredAt: SLOT + 30 * MIN, revision: 7, detectedAt: SLOT + MIN });
    await state.outages.commit({ outages: [over], supply: [], forgotten: [], events: [], at: NOW });
    const found = outage({ state: 'restored', restoredAt: SLOT + 40 * MIN, revision: 1, detectedAt: NOW });
    const { watch } = await watchOver(state, { engine: finds(found) });
    await watch.watch(LOST);
    expect(await state.outages.get(over.id)).toEqual({ ...found, revision: 8, detectedAt: SLOT + MIN });
    expect(await told(state)).toEqual(['outage.changed.v1 outage-a1-1']);
  });
});

describe('an incident that changes with every envelope', () => {
  async function growing() {
    const state = await stateOf();
    const { store, commits } = watched(state.outages);
    const engine = new ScriptedEngine();
    const found = await watchOver(state, { engine, store });
    const grow = async (revision: number, over: Parameters<typeof outage>[0] = {}): Promise<void> => {
      engine.script.push({ changed: [outage({ customers: revision, revision, ...over })] });
      await found.watch.watch(NOTHING_JUDGED);
    };
    return { state, commits, grow, ...found };
  }

  it('is written and told at once when it opens, and then once a second', async () => {
    const { state, commits, grow, watch, clock } = await growing();
    for (let revision = 1; revision <= 10; revision++) {
      await grow(revision);
      await clock.advance(50);
    }
    expect(commits).toHaveLength(1);
    await clock.advance(1000);
    await watch.tick();
    expect(commits).toHaveLength(2);
    expect(await state.outages.get('outage-a1-1')).toMatchObject({ revision: 10, customers: 10 });
    expect(await told(state)).toEqual(['outage.opened.v1 outage-a1-1', 'outage.changed.v1 outage-a1-1']);
  });

  it('is written and told at once when supply is back', async () => {
    const { state, grow } = await growing();
    await grow(1);
    await grow(2);
    await grow(3, { state: 'restored', restoredAt: SLOT + 5 * MIN });
    expect(await told(state)).toEqual(['outage.opened.v1 outage-a1-1', 'outage.restored.v1 outage-a1-1']);
  });

  it('is written before the stop, however little time has passed', async () => {
    const { state, grow, watch } = await growing();
    await grow(1);
    await grow(2);
    await watch.stop();
    expect(await state.outages.get('outage-a1-1')).toMatchObject({ revision: 2 });
  });

  it('leaves the memory of its meters no time: that is stored before the ack', async () => {
    const { state, grow, engine, watch } = await growing();
    await grow(1);
    engine.script.push({ changed: [outage({ revision: 2 })], supply: [{ meter: 'm5', text: 'x' }], forgotten: ['m0'] });
    await watch.watch(NOTHING_JUDGED);
    expect(await state.outages.supply()).toEqual([{ meter: 'm5', text: 'x' }]);
    expect(await state.outages.get('outage-a1-1')).toMatchObject({ revision: 1 });
  });
});
