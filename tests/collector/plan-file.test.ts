import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Plan } from '#contract/plan.ts';
import { PlanFile, parsePlan } from '../../collector/plan-file.ts';
import { scratchPaths } from '../gateway/stores/scratch-folder.ts';
import { planLine } from '../support/line-bench.ts';
import { planMeter, task, ZONE } from '../support/plan.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { siteProfile } from '../support/site-profile.ts';

const scratch = scratchPaths();

function plan(overrides: Partial<Plan> = {}): Plan {
  return {
    v: 1,
    version: '1',
    district: 'd1',
    collector: 'c1',
    timeZone: ZONE,
    tasks: [task('freeze-day')],
    lines: [planLine()],
    meters: [planMeter('m1')],
    ...overrides,
  };
}

describe('a plan', () => {
  it('is taken as it was sent', () => {
    expect(parsePlan(JSON.stringify(plan()), 'c1')).toEqual(plan());
  });

  it('brings the models of its meters that are not in the catalogue', () => {
    const own = plan({ profiles: [siteProfile()], meters: [planMeter('m1', { model: 'my-meter' })] });
    expect(parsePlan(JSON.stringify(own), 'c1')).toEqual(own);
  });

  it.each<[string, string, RegExp]>([
    [
      'with a profile that contradicts itself',
      JSON.stringify(plan({ profiles: [siteProfile({ phases: 1 })] })),
      /profile my-meter: modbus\.registers\.1\.quantity: voltage_b_v belongs to three phases/,
    ],
    ['that is no JSON', '{"v":1,', /not JSON: /],
    ['that is nothing', '', /not JSON: /],
    ['that is no object', '[]', /cannot use the plan: \/ /],
    ['of another version of the contract', JSON.stringify({ ...plan(), v: 2 }), /\/v /],
    ['with a setting nobody knows', JSON.stringify({ ...plan(), extra: 1 }), /\/extra /],
    [
      'with a line without a protocol',
      JSON.stringify(plan({ lines: [{ ...planLine(), protocol: 'x' as 'dlt645' }] })),
      /\/lines\/0\/protocol/,
    ],
    ['for another collector', JSON.stringify(plan({ collector: 'c2' })), /it is for collector c2, not c1/],
    [
      'in a time zone nobody knows',
      JSON.stringify(plan({ timeZone: 'Asia/Atlantis' })),
      /no time zone is called Asia\/Atlantis/,
    ],
    [
      'with a meter on no line of it',
      JSON.stringify(plan({ meters: [planMeter('m1', { line: 'L9' })] })),
      /meter m1 hangs on line L9/,
    ],
    [
      'with a meter of a model nobody knows',
      JSON.stringify(plan({ meters: [planMeter('m1', { model: 'x' })] })),
      /meter m1 is of model x/,
    ],
  ])('%s is refused, with what is wrong', (_name, text, message) => {
    const refusal = { code: 'plan_refused', next: 'skip', message: expect.stringMatching(/^cannot use the plan: /) };
    expect(() => parsePlan(text, 'c1')).toThrow(expect.objectContaining(refusal));
    expect(() => parsePlan(text, 'c1')).toThrow(message);
  });
});

describe('the plan file', () => {
  it('gives nothing and complains of nothing while there is none', () => {
    const logger = quietLogger();
    expect(new PlanFile(scratch('plan.json'), 'c1').load(logger)).toBeNull();
    expect(logger.lines).toEqual([]);
  });

  it('gives back what was saved last, in a folder that need not exist, and leaves nothing beside it', () => {
    const path = scratch('plan.json');
    const file = new PlanFile(path, 'c1');
    file.save(plan());
    file.save(plan({ version: '2' }));
    expect(new PlanFile(path, 'c1').load(quietLogger())).toEqual(plan({ version: '2' }));
    expect(readdirSync(dirname(path))).toEqual(['plan.json']);
  });

  it('cut off at any byte is told of, and is never taken for a plan', () => {
    const path = scratch('plan.json');
    const file = new PlanFile(path, 'c1');
    file.save(plan());
    const whole = readFileSync(path);
    for (let length = 0; length < whole.length - 1; length++) {
      const logger = quietLogger();
      writeFileSync(path, whole.subarray(0, length));
      expect(file.load(logger)).toBeNull();
      expect(logger.lines).toEqual([
        { level: 'error', message: expect.stringContaining('waiting for the centre'), fields: expect.anything() },
      ]);
    }
  });

  it('of another collector is not used: a copied folder must not read the meters of its origin', () => {
    const path = scratch('plan.json');
    new PlanFile(path, 'c1').save(plan());
    const logger = quietLogger();
    expect(new PlanFile(path, 'c2').load(logger)).toBeNull();
    const message = expect.stringContaining('it is for collector c1, not c2');
    expect(logger.lines).toMatchObject([{ fields: { err: expect.objectContaining({ message }) } }]);
  });

  it('that cannot even be read does not keep the collector from starting', () => {
    const path = scratch('plan.json');
    mkdirSync(path, { recursive: true });
    const logger = quietLogger();
    expect(new PlanFile(path, 'c1').load(logger)).toBeNull();
    expect(logger.lines).toHaveLength(1);
  });
});
