import { beforeAll, describe, expect, it } from 'vitest';
import { describeMissed, describeUntrue, tableOf } from '../support/outage-truth/print.ts';
import { TruthRun } from '../support/outage-truth/run.ts';
import { type Score, scoreOf } from '../support/outage-truth/score.ts';
import { World } from '../support/outage-truth/world.ts';

const SEED = Number(process.env['METERWAY_TEST_SEED'] ?? 20261122);
const METERS = Number(process.env['METERWAY_TEST_TRUTH_METERS'] ?? 1000);
const DAYS = Number(process.env['METERWAY_TEST_TRUTH_DAYS'] ?? 40);
const ALL_MS = 900_000;
const LEAST_RECALL = 0.99;
/** The aim is 1; the engine is not there yet, and this is what it must not fall behind. */
const AIM_UNTRUE = 1;
const MOST_UNTRUE = 60;

let score: Score;
let run: TruthRun;

beforeAll(() => {
  const world = new World({ meters: METERS, days: DAYS, seed: SEED });
  run = new TruthRun(world);
  run.run();
  score = scoreOf(world, run);
  const { evidence, ordinary, probes, engineMs } = run;
  process.stdout.write(
    `${METERS} meters, ${DAYS} days; repeat with METERWAY_TEST_SEED=${SEED}\n${tableOf(score)}\n` +
      `${score.untruePer100k.toFixed(2)} false outages per 100,000 meter-days (aim ${AIM_UNTRUE}); ${evidence} pieces of evidence, ` +
      `${ordinary} ordinary reads, ${probes} probes, ${(engineMs / 1000).toFixed(1)} s of the engine\n`,
  );
}, ALL_MS);

describe(`the outage engine in a generated truth of ${DAYS} days`, () => {
  it('finds 99 % of the interruptions that the delivered evidence can show', () => {
    const rows = [...score.rows.values()];
    const found = rows.reduce((sum, row) => sum + row.found, 0);
    const detectable = rows.reduce((sum, row) => sum + row.detectable, 0);
    expect(detectable).toBeGreaterThan((METERS * DAYS) / 2000);
    const told = score.missed.slice(0, 40).map(describeMissed).join('\n');
    expect(found / detectable, told).toBeGreaterThanOrEqual(LEAST_RECALL);
  });

  it(`raises at most ${MOST_UNTRUE} false outages per 100,000 meter-days`, () => {
    const told = score.untrue.slice(0, 40).map(describeUntrue).join('\n');
    expect(score.untruePer100k, told).toBeLessThanOrEqual(MOST_UNTRUE);
  });

  it('raises no outage from a failure of communication alone', () => {
    expect(score.untrue.filter(({ isByCommunication }) => isByCommunication).map(describeUntrue)).toEqual([]);
  });
});
