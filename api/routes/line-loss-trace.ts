import { isDeepStrictEqual } from 'node:util';
import type { AreaDay } from '#domain/line-loss/area-day.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { ApiProblem } from '../errors.ts';
import type { LossQuery, PeriodLoss } from '../queries/line-loss.ts';
import { tracedDays } from '../queries/line-loss-days.ts';
import { type LossPeriod, lossPeriod, periodWarnings } from '../queries/line-loss-period.ts';
import { LossReadings, type WorkedDay } from '../queries/line-loss-readings.ts';
import { areaShape, partShape } from '../queries/line-loss-shapes.ts';
import { IdText, strict } from '../schemas/common.ts';
import { AreaTraceShape, LossDaysQuery } from '../schemas/line-loss.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

export function lossTraceRoutes(app: App, kit: Kit, losses: LossQuery): void {
  const readings = new LossReadings(kit.validated);

  app.get(
    '/line-loss/areas/:id',
    {
      schema: {
        tags: ['analysts'],
        summary: 'How the line loss of an area comes about (台区线损追溯)',
        description:
          'For a date: every meter with its registers at both ends, ratio and energy, worked out of the readings as ' +
          'they count now. For a month, or from start to before end: the days that are added, each with its own trace; ' +
          'days that are not kept are worked out of the readings.',
        params: strict({ id: IdText }),
        querystring: LossDaysQuery,
        response: { 200: AreaTraceShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query }) => {
      const index = await kit.site.index();
      const area = index.area(params.id);
      if (!area) throw new ApiProblem('unknown_area', `no area has the id ${params.id}`);
      const period = lossPeriod(query, index.registry.timeZone, kit.clock.now());
      const { kept, worked, loss } = await taken(losses, readings, index, area.id, period);
      const [single] = period.kind === 'day' ? worked : [];
      const agrees = agreement(kept, single);
      const behind = agrees === false ? ['the kept figures of the day are not those of the readings now'] : [];
      return {
        period: period.name,
        ...(await kit.site.stamp()),
        warnings: [...periodWarnings(period), ...behind, ...beyondKept(period, worked)],
        total: areaShape(index, area, loss, period.name, losses.bands),
        days: tracedDays('areas', area.id, kept, worked, losses.bands),
        parts: single ? single.parts.map((part) => partShape(index, part, single)) : null,
        agreesWithKept: agrees,
      };
    },
  );
}

/** The kept days of an area and those worked out now: of a single date always, else where nothing is kept. */
async function taken(
  losses: LossQuery,
  readings: LossReadings,
  index: RegistryIndex,
  area: string,
  period: LossPeriod,
): Promise<{ kept: AreaDay[]; worked: WorkedDay[]; loss: PeriodLoss }> {
  const kept = await losses.days(area, period.over);
  const known = new Set(period.kind === 'day' ? [] : kept.map(({ date }) => date));
  const worked: WorkedDay[] = [];
  for (const date of period.over) {
    const day = known.has(date) ? null : await readings.area(index, area, date);
    if (day) worked.push(day);
  }
  const { byKey } = await losses.of([area], period, new Map(worked.map(({ day }) => [day.date, day])));
  const loss = byKey.get(area);
  if (!loss) throw new Error(`BUG: no loss of the area ${area} that was asked for`);
  return { kept, worked, loss };
}

/** Lists and sheets leave out what is not kept. */
function beyondKept(period: LossPeriod, worked: readonly WorkedDay[]): string[] {
  if (period.kind === 'day' || worked.length === 0) return [];
  return [`lists and sheets leave out ${worked.length} days that are not kept and are worked out here`];
}

function agreement([kept]: readonly AreaDay[], single: WorkedDay | undefined): boolean | null {
  return kept && single ? isDeepStrictEqual({ ...kept }, { ...single.day }) : null;
}
