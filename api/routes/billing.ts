import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { METER_ROLES } from '#contract/registry.ts';
import { instantOf } from '#contract/zone.ts';
import { ApiProblem } from '../errors.ts';
import { acceptedType } from '../formats/accept.ts';
import { BillingQuery, csv, ndjson } from '../queries/billing.ts';
import { batchDate } from '../queries/billing-batches.ts';
import { PeriodText } from '../schemas/billing.ts';
import { DateText, IdText, Problem, strict } from '../schemas/common.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

const FORMATS = ['ndjson', 'csv'] as const;
type Format = (typeof FORMATS)[number];

const TYPES = { 'application/x-ndjson': 'ndjson', 'text/csv': 'csv' } as const satisfies Record<string, Format>;
const TYPE_NAMES = Object.keys(TYPES) as (keyof typeof TYPES)[];

/** Text of the rows, streamed. */
const Rows = Type.Unsafe<Readable>({ type: 'string', description: 'NDJSON or CSV' });

export function billingRoutes(app: App, kit: Kit): void {
  const billing = new BillingQuery(kit.validated, kit.state, kit.grids, kit.clock);

  app.get(
    '/billing/reads',
    {
      schema: {
        tags: ['billing'],
        summary: 'Day freezes of all meters, streamed',
        description:
          'One row for each meter of the role (customer unless told) in place at 00:00 of the date, or of the first day ' +
          'after the period, ascending by meter id. Registers are those that count now, edits and estimates included (see ' +
          'quality, revision, method); a suspect one does not. A meter without a value has its reason instead. NDJSON: energies in Wh; the last line is {"_end":true,"rows":n,"sha256":…} over all bytes ' +
          'before it. CSV: UTF-8 with BOM, energies in kWh. Registers are face values; ratio is CT×PT.',
        querystring: strict({
          date: Type.Optional(DateText),
          period: Type.Optional(PeriodText),
          district: Type.Optional(IdText),
          role: Type.Optional(Type.Enum([...METER_ROLES])),
          format: Type.Optional(Type.Enum([...FORMATS])),
        }),
        produces: TYPE_NAMES,
        response: { 200: Rows, 406: Problem, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query, headers }, reply) => {
      const format = query.format ?? formatOf(headers.accept);
      const index = await kit.site.index();
      const date = batchDate(query);
      const task = index.registry.tasks.find((each) => each.kind === 'freeze-day');
      if (!task) throw new ApiProblem('unknown_task', 'the site has no freeze-day task');
      if (instantOf(index.registry.timeZone, date) > kit.clock.now()) {
        throw new ApiProblem('bad_date', `${date} has not begun yet`, [
          query.period === undefined
            ? { pointer: '/date', detail: 'must be today or a day before' }
            : { pointer: '/period', detail: 'must be a month that is over' },
        ]);
      }
      const { district, role } = query;
      if (district !== undefined && !index.registry.districts.some((known) => known.id === district)) {
        throw new ApiProblem('unknown_district', `no district has the id ${district}`);
      }
      const pages = billing.rows(index, task, date, { role: role ?? 'customer', district: district ?? null });
      const zone = index.registry.timeZone;
      if (format === 'csv') {
        return reply
          .header('content-type', 'text/csv; charset=utf-8')
          .header('content-disposition', `attachment; filename="reads-${date}.csv"`)
          .send(Readable.from(csv(zone, pages)));
      }
      return reply.header('content-type', 'application/x-ndjson').send(Readable.from(ndjson(zone, pages)));
    },
  );
}

function formatOf(accept: string | undefined): Format {
  const type = acceptedType(accept, TYPE_NAMES);
  if (type !== null) return TYPES[type];
  throw new ApiProblem('not_acceptable', `${accept} cannot be given; ${TYPE_NAMES.join(' and ')} can`);
}
