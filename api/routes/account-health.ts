import type { Static } from 'typebox';
import { Type } from 'typebox';
import { dateOf, instantOf } from '#contract/zone.ts';
import { ApiProblem } from '../errors.ts';
import { type AccountHealth, accountHealth, type MeterHealth } from '../queries/account-health.ts';
import { healthSummary } from '../queries/account-health-words.ts';
import { anomalyShape } from '../queries/anomalies.ts';
import { shown } from '../queries/collection.ts';
import { dateParameter, yesterday } from '../queries/parameters.ts';
import { AccountHealthShape, type MeterHealthShape } from '../schemas/account-health.ts';
import { DateText, strict } from '../schemas/common.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

/** The daily report on a customer, made for large and dedicated-transformer customers (大用户日体检). */
export function accountHealthRoutes(app: App, kit: Kit): void {
  app.get(
    '/accounts/:no/health',
    {
      schema: {
        tags: ['analysts', 'hotline'],
        summary: 'What a day was like for a customer: load, power factor, voltage, anomalies, outages (用电体检日报)',
        description:
          'From the finest curve that is read of the customer. The load is held against the contract capacity, where ' +
          'it is on record, else against the rating of the transformer of a dedicated customer. Without a date: yesterday.',
        params: strict({ no: Type.String({ minLength: 1, maxLength: 64 }) }),
        querystring: strict({ date: Type.Optional(DateText) }),
        response: { 200: AccountHealthShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query }) => {
      const index = await kit.site.index();
      const zone = index.registry.timeZone;
      const account = index.account(params.no);
      if (!account) throw new ApiProblem('unknown_account', `no account has the number ${params.no}`);
      const date = dateParameter('date', query.date ?? yesterday(zone, kit.clock.now()));
      if (instantOf(zone, date) > kit.clock.now()) {
        throw new ApiProblem('bad_range', `${date} has not begun yet`, [
          { pointer: '/date', detail: `must be ${dateOf(zone, kit.clock.now())} or before` },
        ]);
      }
      const health = await accountHealth(kit, index, account, date);
      const { no, category, priority } = account;
      const verdicts = await kit.state.anomalies.verdicts(health.anomalies.map(({ id }) => id));
      const byId = new Map(verdicts.map((verdict) => [verdict.anomaly, verdict]));
      return {
        ...{ account: no, category, priority, date },
        meters: health.meters.map((meter) => meterShape(zone, meter)),
        anomalies: health.anomalies.map((anomaly) => anomalyShape(index, anomaly, byId.get(anomaly.id))),
        outages: health.outages.map((outage) => ({
          ...outage,
          from: shown(zone, outage.from) ?? '',
          to: shown(zone, outage.to),
        })),
        summary: healthSummary(health),
        warnings: warningsOf(health),
        ...(await kit.site.stamp()),
      };
    },
  );
}

function meterShape(zone: string, health: MeterHealth): Static<typeof MeterHealthShape> {
  const { points, expected, maxAt } = health;
  return { ...health, completeness: expected === 0 ? null : points / expected, maxAt: shown(zone, maxAt) };
}

function warningsOf({ meters }: AccountHealth): string[] {
  const isUnknown = meters.some(({ capacityKva, contractKw }) => capacityKva === null && contractKw === null);
  return isUnknown ? ['no contract capacity is on record: nothing is said of hours over 80 and 100 per cent'] : [];
}
