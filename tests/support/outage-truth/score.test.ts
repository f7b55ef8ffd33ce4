import { describe, expect, it } from 'vitest';
import type { Outage, OutageMember } from '#contract/outage.ts';
import { type Engine, TruthRun } from './run.ts';
import { type Score, scoreOf } from './score.ts';
import { HOUR } from './site.ts';
import type { Truth } from './truth.ts';
import { World } from './world.ts';

const world = new World({ meters: 1500, days: 40, seed: 7 });

/** An incident just as it is. */
function toldOf(truth: Truth): Outage {
  const { n, expected, node, nodeId, phase, from, to, members } = truth;
  const told = members.map(({ meter, ...span }): OutageMember => {
    return { meter: world.site.at(meter).id, from: span.from, to: span.to, told: 'itself' };
  });
  return {
    ...{ id: `o${n}`, kind: expected, state: 'restored', node, nodeId, phase, startedAt: from, restoredAt: to },
    ...{ district: null, feeder: null, area: null, areas: areasOf(truth), firstEvidenceAt: from, detectedAt: from },
    ...{ confirmedAt: from, confidence: 'high', customers: told.length, dark: told.length, parent: null },
    ...{ planned: truth.planned, overrun: truth.overrun, revision: 1, members: told, evidence: [] },
  };
}

function areasOf({ members }: Truth): string[] {
  return [...new Set(members.map(({ meter }) => world.site.area(world.site.at(meter).area).id))];
}

/** Whether nothing befell its meters in the day before a time. */
function isQuietBefore({ members }: Truth, at: number): boolean {
  const isNear = (from: number): boolean => from > at - 26 * HOUR && from < at + 2 * HOUR;
  return members.every(({ meter }) => !world.darkOf(meter).some(({ from }) => isNear(from)));
}

/** Says at once of every truth what it is told to say. */
function scoreWith(say: (truth: Truth) => readonly Outage[]): Score {
  const left = world.truths.all.toSorted((a, b) => a.from - b.from);
  const engine: Engine = {
    ...{ take: () => {}, ordinary: () => {}, wishes: () => [], setPlans: () => {} },
    ...{ setDisconnected: () => {}, setTopology: () => {} },
    settle: (now) => {
      const due = left.filter(({ from }) => from < now);
      left.splice(0, due.length);
      return { changed: due.flatMap(say), supply: [], forgotten: [], more: false };
    },
  };
  const run = new TruthRun(world, engine);
  run.run();
  return scoreOf(world, run);
}

const rowsOf = ({ rows }: Score) => [...rows.values()].filter(({ truths }) => truths > 0);

describe('the score of the generated truth', () => {
  it('is full for an engine that tells the truth', () => {
    const score = scoreWith((truth) => [toldOf(truth)]);
    expect({ missed: score.missed, untrue: score.untrue, extra: score.extra.size }).toEqual({
      missed: [],
      untrue: [],
      extra: 0,
    });
    for (const row of rowsOf(score)) {
      expect(row.found).toBe(row.detectable);
      expect(Math.max(...row.missing, ...row.tooMany, ...row.startMs, ...row.endMs)).toBe(0);
    }
    expect(rowsOf(score).length).toBeGreaterThan(8);
  });

  it('misses what is not told of', () => {
    const isTold = ({ node }: Truth): boolean => node !== 'area';
    const score = scoreWith((truth) => (isTold(truth) ? [toldOf(truth)] : []));
    expect(score.missed.length).toBeGreaterThan(5);
    expect(score.missed.filter(({ truth }) => isTold(truth))).toEqual([]);
  });

  it('misses what is told of as another kind', () => {
    const score = scoreWith((truth) => [{ ...toldOf(truth), kind: 'phase-lost' }]);
    for (const { truth, why } of score.missed)
      expect([truth.expected !== 'phase-lost', why]).toEqual([true, 'kind phase-lost']);
    expect(score.missed.length).toBeGreaterThan(50);
  });

  it('counts an incident of lit meters as false, and as made of communication where nobody said to be dark', () => {
    const long = 20 * HOUR;
    const boxes = world.truths.all.filter(({ node }) => node === 'box');
    const first = boxes.find((truth) => isQuietBefore(truth, truth.from - long));
    expect(first).toBeDefined();
    const score = scoreWith((truth) => {
      const outage = toldOf(truth);
      if (truth !== first) return [outage];
      const shifted = outage.members.map((member) => ({ ...member, from: member.from - long, to: null }));
      return [
        outage,
        { ...outage, id: 'x', startedAt: truth.from - long, restoredAt: truth.from - long + HOUR, members: shifted },
      ];
    });
    expect(score.untrue.map(({ incident, isByCommunication }) => [incident.said.outage.id, isByCommunication])).toEqual(
      [['x', true]],
    );
    expect(score.untruePer100k).toBeCloseTo(100_000 / (1500 * 40));
  });

  it('counts a second incident about the same as double', () => {
    const score = scoreWith((truth) =>
      truth.node === 'box' ? [toldOf(truth), { ...toldOf(truth), id: `y${truth.n}` }] : [toldOf(truth)],
    );
    const boxes = world.truths.all.filter(({ node }) => node === 'box').length;
    expect([score.extra.size, score.untrue.length]).toEqual([boxes, 0]);
  });

  it('measures times and extents as they differ', () => {
    const score = scoreWith((truth) => {
      const outage = toldOf(truth);
      const half = outage.members.slice(0, Math.ceil(outage.members.length * 0.75));
      return [{ ...outage, startedAt: truth.from + 60_000, restoredAt: truth.to + 120_000, members: half }];
    });
    const [area] = [score.rows.get('area')];
    expect(area?.missing.every((share) => share > 0.2 && share < 0.3)).toBe(true);
    expect(new Set(area?.startMs.map(Math.round))).toEqual(new Set([60_000]));
    expect(new Set(area?.endMs.map(Math.round))).toEqual(new Set([120_000]));
  });
});
