import { describe, expect, it } from 'vitest';
import { planFor } from '../../../gateway/registry/plans.ts';
import { publishPlans } from '../../../gateway/registry/publish-plans.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { installation, line, meter, registry } from '../domain/site.ts';

const SITE = registry({
  collectors: [
    { id: 'c1', district: 'd1' },
    { id: 'c2', district: 'd2' },
  ],
  lines: [line('l1'), line('l2', { collector: 'c2' })],
  meters: [meter('m1'), meter('m2', { line: 'l2' })],
  installations: [installation('m1'), installation('m2')],
});

describe('the plans', () => {
  it('are published to each collector under its district, and stay there for those who come later', async () => {
    const published: unknown[] = [];
    const logger = quietLogger();
    const publish = async (topic: string, payload: string, options?: { retain?: boolean }): Promise<void> =>
      void published.push([topic, JSON.parse(payload), options]);
    await publishPlans(SITE, { publish }, logger);
    const [c1, c2] = SITE.collectors.map((collector) => planFor(SITE, collector));
    expect(published).toEqual([
      ['meterway/v1/d1/c1/down/plan', c1, { retain: true }],
      ['meterway/v1/d2/c2/down/plan', c2, { retain: true }],
    ]);
    expect(logger.lines.map(({ fields }) => fields)).toMatchObject([
      { collector: 'c1', plan: c1?.version, meters: 1 },
      { collector: 'c2', plan: c2?.version, meters: 1 },
    ]);
  });

  it('that the broker does not take are the caller’s to repeat', async () => {
    const publish = (): Promise<void> => Promise.reject(new Error('not connected'));
    await expect(publishPlans(SITE, { publish }, quietLogger())).rejects.toThrow('not connected');
  });
});
