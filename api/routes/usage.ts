import { type Static, Type } from 'typebox';
import { QUALITY_CODES } from '#contract/quality.ts';
import type { Account } from '#contract/registry.ts';
import { addDays, dateOf, isoLocal, monthStart } from '#contract/zone.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { qualitiesOf, type UsagePeriod, type UsageSpan } from '#domain/usage/account-usage.ts';
import type { Energies } from '#domain/usage/counters.ts';
import type { RegisterEnd } from '#domain/usage/stay-registers.ts';
import { ApiProblem } from '../errors.ts';
import { dateParameter } from '../queries/parameters.ts';
import { type AccountUsage, UsageQuery } from '../queries/usage.ts';
import { DateText, strict } from '../schemas/common.ts';
import { UsageShape } from '../schemas/usage.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

const MAX_DAYS = 400;
const DAY_MS = 86_400_000;

export function usageRoutes(app: App, kit: Kit): void {
  const usage = new UsageQuery(kit.validated, kit.readings, kit.state.ledger, kit.clock);

  app.get(
    '/accounts/:no/usage',
    {
      schema: {
        tags: ['billing', 'hotline'],
        summary: 'What an account used, by day and month, this month to date and since midnight (用电量)',
        description:
          'Energy of a day is the freeze of the next day minus that of the day, times the ratio. A total is the ' +
          'difference of its outer registers, also when a day between is missing: unallocated says what could not be ' +
          'given to a day, and the known days and it add up to the total. Today comes from present registers and is provisional.',
        params: strict({ no: Type.String({ minLength: 1, maxLength: 64 }) }),
        querystring: strict({
          start: Type.Optional(DateText),
          end: Type.Optional(DateText),
        }),
        response: { 200: UsageShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query }) => {
      const index = await kit.site.index();
      const { registry } = index;
      const account = index.account(params.no);
      if (!account) throw new ApiProblem('unknown_account', `no account has the number ${params.no}`);
      const task = registry.tasks.find((each) => each.kind === 'freeze-day');
      if (!task) throw new ApiProblem('unknown_task', 'the site has no freeze-day task');
      const { start, end } = rangeOf(query, dateOf(registry.timeZone, kit.clock.now()));
      const found = await usage.of(index, task, account, start, end);
      return { ...shapeOf(index, account, found, start, end), ...(await kit.site.stamp()) };
    },
  );
}

/** The dates [start, end); without them the days of this month, today included. */
function rangeOf(query: { start?: string; end?: string }, today: string): { start: string; end: string } {
  const end = query.end === undefined ? addDays(today, 1) : dateParameter('end', query.end);
  const start = query.start === undefined ? monthStart(addDays(end, -1)) : dateParameter('start', query.start);
  if (end <= start) {
    throw new ApiProblem('bad_range', 'end must be after start; the range is [start, end)', [
      { pointer: '/end', detail: `must be after ${start}` },
    ]);
  }
  if (start > today) {
    throw new ApiProblem('bad_range', `${start} has not begun yet`, [
      { pointer: '/start', detail: `must be ${today} or before` },
    ]);
  }
  const days = (Date.parse(end) - Date.parse(start)) / DAY_MS;
  if (days > MAX_DAYS) {
    throw new ApiProblem('range_too_long', `${start} to ${end} is ${days} days; at most ${MAX_DAYS} are answered`, [
      { pointer: '/start', detail: `must be ${addDays(end, -MAX_DAYS)} or later` },
    ]);
  }
  return { start, end };
}

type Usage = Static<typeof UsageShape>;
type EndShape = Usage['yesterday']['parts'][number]['start'];

function shapeOf(
  index: RegistryIndex,
  account: Account,
  found: AccountUsage,
  start: string,
  end: string,
): Omit<Usage, 'asOf' | 'timeZone' | 'simulated'> {
  const zone = index.registry.timeZone;
  const dayOf = (span: UsageSpan): Usage['days'][number] => ({
    date: dateOf(zone, span.from),
    ...spanShape(zone, span, found.reasonOf),
  });
  const periodOf = (period: UsagePeriod): Usage['monthToDate'] => ({
    start: dateOf(zone, period.total.from),
    end: dateOf(zone, period.total.to),
    ...spanShape(zone, period.total, found.reasonOf),
    days: {
      known: period.days.filter(({ state }) => state === 'known').length,
      over: period.days.filter(({ state }) => state !== 'open').length,
    },
    allocated: energyShape(period.allocated),
    unallocated: energyShape(period.unallocated),
  });
  const spans = [...found.days, ...found.months.map(({ total }) => total), found.monthToDate.total, found.yesterday];
  return {
    accountNo: account.no,
    category: account.category,
    status: account.status,
    billed: account.category === 'generator' ? 'export' : 'import',
    start,
    end,
    meters: found.stays.map((stay) => ({
      meter: stay.meter,
      meterNo: index.meter(stay.meter)?.no ?? stay.meter,
      area: stay.area,
      ratio: stay.ratio,
      installedFrom: isoLocal(zone, stay.from),
      installedTo: Number.isFinite(stay.to) ? isoLocal(zone, stay.to) : null,
      startWh: stay.startWh,
      endWh: stay.endWh,
    })),
    days: found.days.map(dayOf),
    months: found.months.map((month) => ({ month: month.month, isWhole: month.isWhole, ...periodOf(month) })),
    monthToDate: periodOf(found.monthToDate),
    yesterday: dayOf(found.yesterday),
    today: todayShape(index, found),
    qualities: qualitiesOf(spans).map((code) => {
      const { zh, en } = QUALITY_CODES[code];
      return { code, text: { zh, en } };
    }),
    warnings: warningsOf(found),
  };
}

function todayShape(
  { registry: { timeZone: zone } }: RegistryIndex,
  { yesterday, today }: AccountUsage,
): Usage['today'] {
  return {
    date: dateOf(zone, yesterday.to),
    provisional: true,
    at: today.at === null ? null : isoLocal(zone, today.at),
    energy: energyShape(today.energies),
    meters: today.parts.map(({ registers: { stay }, task, since, at, start, registerWh, quality, how, energies }) => ({
      meter: stay.meter,
      ratio: stay.ratio,
      task,
      since: isoLocal(zone, since),
      at: at === null ? null : isoLocal(zone, at),
      startWh: start.registers.import,
      registerWh,
      quality,
      how,
      energy: energyShape(energies),
    })),
  };
}

function spanShape(
  zone: string,
  span: UsageSpan,
  reasonOf: AccountUsage['reasonOf'],
): Omit<Usage['yesterday'], 'date'> {
  return {
    state: span.state,
    energy: energyShape(span.energies),
    quality: span.quality,
    parts: span.parts.map(({ stay, start, end, how, energies }) => ({
      meter: stay.meter,
      ratio: stay.ratio,
      start: endShape(zone, start),
      end: endShape(zone, end),
      how,
      energy: energyShape(energies),
    })),
    missing: span.missing.map(({ meter, end: { at, quality, rules } }) => ({
      meter,
      date: dateOf(zone, at),
      at: isoLocal(zone, at),
      quality,
      rules: [...rules],
      reason: reasonOf(meter, at),
    })),
  };
}

function endShape(zone: string, { at, registers, rules, ...end }: RegisterEnd): EndShape {
  return { at: isoLocal(zone, at), registers: energyShape(registers), ...end, rules: [...rules] };
}

function energyShape(energies: Energies): Usage['yesterday']['energy'] {
  const { import: importWh, t1: t1Wh, t2: t2Wh, t3: t3Wh, t4: t4Wh, export: exportWh } = energies;
  return { importWh, t1Wh, t2Wh, t3Wh, t4Wh, exportWh };
}

function warningsOf({ days, stays }: AccountUsage): string[] {
  const unknown = days.filter(({ state }) => state === 'unknown').length;
  return [
    ...(stays.length === 0 ? ['no meter served the account in this range'] : []),
    ...(unknown > 0 ? [`${unknown} day(s) cannot be told; see their missing freezes`] : []),
  ];
}
