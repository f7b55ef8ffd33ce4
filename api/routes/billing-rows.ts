import { Readable } from 'node:stream';
import { type Static, Type } from 'typebox';
import type { BillingRow } from '#domain/billing/row.ts';
import { BatchFiles } from '#stores/batch-files.ts';
import type { Batch } from '#stores/batch-store.ts';
import { ApiProblem } from '../errors.ts';
import { acceptedType } from '../formats/accept.ts';
import { ABOUT_COLUMNS, BILLING_DEFINITIONS } from '../formats/billing-about.ts';
import { BILLING_COLUMNS, BILLING_HEADER, billingCells, billingCsv } from '../formats/billing-columns.ts';
import { BOM, csvLines } from '../formats/csv.ts';
import { XLSX_TYPE, xlsx } from '../formats/xlsx.ts';
import { batchShape } from '../queries/billing-batches.ts';
import { BatchRowShape } from '../schemas/billing.ts';
import { Cursor, IdText, listOf, Problem, strict } from '../schemas/common.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

const FORMATS = ['ndjson', 'csv', 'xlsx', 'json'] as const;
type Format = (typeof FORMATS)[number];

const TYPES = {
  'application/x-ndjson': 'ndjson',
  'text/csv': 'csv',
  [XLSX_TYPE]: 'xlsx',
  'application/json': 'json',
} as const satisfies Record<string, Format>;
const TYPE_NAMES = Object.keys(TYPES) as (keyof typeof TYPES)[];

/** Rows of a page of JSON. */
const MOST_JSON = 1000;

const Rows = Type.Unsafe<Readable>({ type: 'string', description: 'NDJSON, CSV or XLSX' });
const Page = listOf(BatchRowShape);

/** A stretch of the rows of a batch; rows count from 0, `to` is not included. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly nextCursor: string | null;
}

/** The rows of a batch, as the format that is asked for. */
export function batchRowRoutes(
  app: App,
  kit: Kit,
  readyBatch: (id: string) => Promise<Batch & { rows: number }>,
): void {
  const files = new BatchFiles(kit.batchFolder);

  app.get(
    '/billing/batches/:id/reads',
    {
      schema: {
        tags: ['billing'],
        summary: 'Rows of a batch (批次明细), streamed; always the same bytes',
        description:
          'One row for each meter, ascending by meter id. NDJSON: energies in Wh; the last line is ' +
          '{"_end":true,"rows":…,"sha256":…} of the whole batch, so a cut stream shows. CSV (UTF-8 with BOM) and XLSX: ' +
          'energies in kWh. An interrupted transfer goes on with after = number of rows already there, or with the cursor ' +
          'of the page before; the rows of the pieces put together are those of the whole, to the byte. Each piece of NDJSON ' +
          'has its own last line.',
        params: strict({ id: IdText }),
        querystring: strict({
          format: Type.Optional(Type.Enum([...FORMATS])),
          limit: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 10_000_000, description: 'Rows; json: up to 1000' }),
          ),
          cursor: Type.Optional(Cursor),
          after: Type.Optional(Type.Integer({ minimum: 0, description: 'Rows to pass over' })),
        }),
        produces: TYPE_NAMES,
        response: { 200: Type.Union([Page, Rows]), 406: Problem, 409: Problem, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query, headers }, reply) => {
      const format = query.format ?? formatOf(headers.accept);
      const batch = await readyBatch(params.id);
      const stretch = stretchOf(kit, batch, query, format);
      // What cannot be read is told before the first byte.
      await (await files.open(batch.id)).close();
      if (format === 'json') return reply.type('application/json').send(await page(kit, files, batch, stretch));
      if (stretch.nextCursor !== null) reply.header('x-next-cursor', stretch.nextCursor);
      if (format === 'ndjson') {
        return reply.type('application/x-ndjson').send(Readable.from(ndjson(files, batch, stretch)));
      }
      const name = `billing-${batch.period ?? batch.date}${batch.district === null ? '' : `-${batch.district}`}`;
      reply.header('content-disposition', `attachment; filename="${name.replaceAll(/[^\w.-]/g, '_')}.${format}"`);
      if (format === 'csv') {
        return reply.type('text/csv; charset=utf-8').send(Readable.from(csv(files, batch, stretch)));
      }
      return reply.type(XLSX_TYPE).send(await workbook(kit, files, batch, stretch));
    },
  );
}

function formatOf(accept: string | undefined): Format {
  const type = acceptedType(accept, TYPE_NAMES);
  if (type !== null) return TYPES[type];
  throw new ApiProblem('not_acceptable', `${accept} cannot be given; ${TYPE_NAMES.join(', ')} can`);
}

function stretchOf(
  { cursors }: Kit,
  { id, rows }: Batch & { rows: number },
  { cursor, after, limit }: { cursor?: string; after?: number; limit?: number },
  format: Format,
): Stretch {
  const list = `batch ${id}`;
  if (cursor !== undefined && after !== undefined) {
    throw new ApiProblem('bad_request', 'cursor and after both say where to go on; send one of them', [
      { pointer: '/after', detail: 'leave it out, or the cursor' },
    ]);
  }
  if (format === 'json' && limit !== undefined && limit > MOST_JSON) {
    throw new ApiProblem('bad_request', `json gives at most ${MOST_JSON} rows at once; ndjson streams all`, [
      { pointer: '/limit', detail: `must be at most ${MOST_JSON}, or format ndjson` },
    ]);
  }
  const from = cursor === undefined ? (after ?? 0) : Number(cursors.decode(list, cursor)[0]);
  if (from > rows) {
    throw new ApiProblem('bad_range', `the batch has ${rows} rows; none comes after ${from}`, [
      { pointer: '/after', detail: `must be at most ${rows}` },
    ]);
  }
  const to = Math.min(rows, from + (limit ?? (format === 'json' ? 100 : rows)));
  return { from, to, nextCursor: to < rows ? cursors.encode(list, [to]) : null };
}

async function page(kit: Kit, files: BatchFiles, batch: Batch, stretch: Stretch): Promise<Static<typeof Page>> {
  const items: BillingRow[] = [];
  for await (const rows of parsed(files, batch, stretch)) items.push(...rows);
  return {
    items: items as unknown as Static<typeof BatchRowShape>[],
    nextCursor: stretch.nextCursor,
    ...(await kit.site.stamp()),
    warnings: [],
  };
}

async function* texts(files: BatchFiles, { id }: Batch, { from, to }: Stretch): AsyncGenerator<Buffer> {
  const file = await files.open(id);
  try {
    for await (const { text } of file.pieces(from, to)) yield text;
  } finally {
    await file.close();
  }
}

async function* parsed(files: BatchFiles, batch: Batch, stretch: Stretch): AsyncGenerator<BillingRow[]> {
  for await (const text of texts(files, batch, stretch)) {
    yield JSON.parse(`[${text.toString().trimEnd().replaceAll('\n', ',')}]`) as BillingRow[];
  }
}

async function* ndjson(files: BatchFiles, batch: Batch, stretch: Stretch): AsyncGenerator<Buffer> {
  yield* texts(files, batch, stretch);
  const { rows, sha256 } = batch;
  const { from, to, nextCursor } = stretch;
  yield Buffer.from(`${JSON.stringify({ _end: true, rows, sha256, from, to, nextCursor })}\n`);
}

/** The header comes with the first row, so that pieces put together are the whole. */
async function* csv(files: BatchFiles, batch: Batch, stretch: Stretch): AsyncGenerator<Buffer> {
  if (stretch.from === 0) yield Buffer.from(BOM + csvLines([BILLING_HEADER]));
  for await (const rows of parsed(files, batch, stretch)) yield Buffer.from(billingCsv(rows));
}

async function workbook(kit: Kit, files: BatchFiles, batch: Batch, stretch: Stretch): Promise<Readable> {
  const { registry } = await kit.site.index();
  const stamp = await kit.site.stamp();
  const { byQuality, byException, ...shape } = batchShape(registry.timeZone, batch);
  const said = { ...shape, ...stamp, rowsFrom: stretch.from, rowsTo: stretch.to };
  const about = [
    ['title', stamp.simulated ? '抄表结算批次（模拟数据）Billing batch (SIMULATED)' : '抄表结算批次 Billing batch'],
    ...Object.entries(said).map(([name, value]) => [name, value === null ? null : String(value)]),
    ...Object.entries(byQuality).map(([name, count]) => [`quality ${name}`, String(count)]),
    ...Object.entries(byException).map(([name, count]) => [`exception ${name}`, String(count)]),
    ...BILLING_DEFINITIONS,
  ];
  async function* cells(): AsyncGenerator<ReturnType<typeof billingCells>[]> {
    for await (const rows of parsed(files, batch, stretch)) yield rows.map(billingCells);
  }
  return xlsx([
    { name: '示值 reads', columns: BILLING_COLUMNS, pages: cells() },
    { name: '说明 about', columns: ABOUT_COLUMNS, pages: [about] },
  ]);
}
