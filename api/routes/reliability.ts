import { Type } from 'typebox';
import { addDays, instantOf } from '#contract/zone.ts';
import { ApiProblem } from '../errors.ts';
import { lossPeriod, periodWarnings } from '../queries/line-loss-period.ts';
import { ReliabilityQuery, reliabilityShape } from '../queries/reliability.ts';
import { groupName } from '../queries/scope.ts';
import { DateText, IdText, Instant, strict } from '../schemas/common.ts';
import { PeriodText } from '../schemas/line-loss.ts';
import { ReliabilityFigures, ReliabilityGroup } from '../schemas/reliability.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

/** How reliable the supply was. */
export function reliabilityRoutes(app: App, kit: Kit): void {
  const reliability = new ReliabilityQuery(kit.state.outages, kit.clock, kit.figuresSettings.sustainedInterruptionMin);

  app.get(
    '/reliability',
    {
      schema: {
        tags: ['operators', 'analysts'],
        summary: 'SAIDI, SAIFI, CAIDI, customer minutes lost, outages resolved to customers (供电可靠性)',
        description:
          'By IEEE 1366 from each customer’s own times; announced work apart; interruptions that are too short do not ' +
          'count, and days of major events are not taken out. Late evidence corrects what is past. Yesterday when no ' +
          'day is named.',
        querystring: strict({
          date: Type.Optional(DateText),
          period: Type.Optional(PeriodText),
          start: Type.Optional(DateText),
          end: Type.Optional(DateText),
          district: Type.Optional(IdText),
          groupBy: Type.Optional(Type.Enum(['district', 'feeder', 'area'], { default: 'district' })),
        }),
        response: {
          200: strict({
            period: Type.String(),
            sustainedMin: Type.Number({ description: 'Interruptions that last no longer do not count' }),
            total: ReliabilityFigures,
            groups: Type.Array(ReliabilityGroup),
            warnings: Type.Array(Type.String()),
            asOf: Instant,
            timeZone: Type.String(),
            simulated: Type.Boolean(),
          }),
          ...PROBLEM_RESPONSES,
        },
      },
    },
    async ({ query }) => {
      const index = await kit.site.index();
      const { timeZone: zone, districts } = index.registry;
      const { district = null, groupBy = 'district' } = query;
      if (district !== null && !districts.some(({ id }) => id === district)) {
        throw new ApiProblem('unknown_district', `the registry has no district ${district}`);
      }
      const period = lossPeriod(query, zone, kit.clock.now());
      const [first = '', last = ''] = [period.dates[0], period.dates.at(-1)];
      const span = { from: instantOf(zone, first), to: instantOf(zone, addDays(last, 1)) };
      const { total, groups } = await reliability.of(index, { period: span, district, groupBy });
      return {
        period: period.name,
        sustainedMin: kit.figuresSettings.sustainedInterruptionMin,
        total: reliabilityShape(total),
        groups: [...groups].map(([key, figures]) => ({
          key,
          name: groupName(index, groupBy, key),
          figures: reliabilityShape(figures),
        })),
        warnings: periodWarnings(period),
        ...(await kit.site.stamp()),
      };
    },
  );
}
