import { type Static, Type } from 'typebox';
import { EXCEPTIONS } from '#domain/billing/row.ts';
import { MeterwayError } from '#platform/errors.ts';
import { BatchFiles } from '#stores/batch-files.ts';
import { BATCH_STATES, type Batch } from '#stores/batch-store.ts';
import { ApiProblem } from '../errors.ts';
import { batchOf, batchShape, isSame } from '../queries/billing-batches.ts';
import { exceptionRows, MOST_LOOKED_THROUGH } from '../queries/billing-exceptions.ts';
import { shown } from '../queries/collection.ts';
import {
  AckRequest,
  BatchRequest,
  BatchRowShape,
  BatchShape,
  CorrectionShape,
  StampedBatchShape,
} from '../schemas/billing.ts';
import { Cursor, IdText, Limit, listOf, Problem, strict } from '../schemas/common.ts';
import { IdempotencyHeader } from '../schemas/jobs.ts';
import { batchRowRoutes } from './billing-rows.ts';
import { type App, type Kit, NoQuery, PROBLEM_RESPONSES } from './route-kit.ts';

const BatchPath = strict({ id: IdText });

/** Billing batches (抄表结算批次): asked for, followed, delivered, acknowledged, corrected. */
export function batchRoutes(app: App, kit: Kit): void {
  const { batches } = kit.state;
  const files = new BatchFiles(kit.batchFolder);
  const stamped = async (batch: Batch): Promise<Static<typeof StampedBatchShape>> => ({
    ...batchShape((await kit.site.index()).registry.timeZone, batch),
    ...(await kit.site.stamp()),
  });
  const byId = async (id: string): Promise<Batch> => {
    const found = await batches.get(id);
    if (found) return found;
    throw new ApiProblem('unknown_batch', `no billing batch has the id ${id}`);
  };
  const readyBatch = async (id: string): Promise<Batch & { rows: number }> => {
    const batch = await byId(id);
    const { state, rows, progress, detail } = batch;
    if (rows !== null && (state === 'ready' || state === 'acknowledged')) return { ...batch, rows };
    const percent = Math.floor(progress * 100);
    const why = state === 'failed' ? `could not be made: ${detail}` : `is being made: ${percent} % are done`;
    throw new ApiProblem('batch_not_ready', `the batch ${id} ${why}`);
  };

  app.post(
    '/billing/batches',
    {
      schema: {
        tags: ['billing'],
        summary: 'Asks for an immutable set of billing reads (结算批次) of a month or a day',
        description:
          'Answers at once with the batch, which is then made; its state tells when it is ready. Usage goes on from the ' +
          'newest earlier batch of the same district.',
        headers: IdempotencyHeader,
        querystring: NoQuery,
        body: BatchRequest,
        response: { 202: StampedBatchShape, ...PROBLEM_RESPONSES, 409: Problem },
      },
    },
    async (request, reply) => {
      const asker = { askedBy: request.keyId ?? '', idempotencyKey: request.headers['idempotency-key'] ?? null };
      const wanted = batchOf(await kit.site.index(), request.body, asker, kit.clock.now());
      const stored = await batches.add(wanted).catch(notNow);
      if (!isSame(stored, wanted)) {
        throw new ApiProblem(
          'idempotency_conflict',
          `the Idempotency-Key was used for another request, which made the batch ${stored.id}; use a new one`,
        );
      }
      const location = `/api/v1/billing/batches/${stored.id}`;
      return reply
        .code(202)
        .header('location', location)
        .send(await stamped(stored));
    },
  );

  app.get(
    '/billing/batches',
    {
      schema: {
        tags: ['billing'],
        summary: 'Billing batches, newest first',
        querystring: strict({
          district: Type.Optional(IdText),
          state: Type.Optional(Type.Enum([...BATCH_STATES])),
          limit: Type.Optional(Limit),
          cursor: Type.Optional(Cursor),
        }),
        response: { 200: listOf(BatchShape), ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => {
      const { district, state, limit = 100, cursor } = query;
      const [createdAt, id] = cursor === undefined ? [] : kit.cursors.decode('batches', cursor);
      const found = await batches.list({
        limit: limit + 1,
        ...(district !== undefined && { district }),
        ...(state !== undefined && { state }),
        ...(createdAt !== undefined && { after: { createdAt: Number(createdAt), id: String(id) } }),
      });
      const last = found.length > limit ? found[limit - 1] : undefined;
      const { timeZone } = (await kit.site.index()).registry;
      return {
        items: found.slice(0, limit).map((batch) => batchShape(timeZone, batch)),
        nextCursor: last ? kit.cursors.encode('batches', [last.createdAt, last.id]) : null,
        ...(await kit.site.stamp()),
        warnings: [],
      };
    },
  );

  app.get(
    '/billing/batches/:id',
    {
      schema: {
        tags: ['billing'],
        summary: 'How far a billing batch is, its numbers and its SHA-256',
        params: BatchPath,
        querystring: NoQuery,
        response: { 200: StampedBatchShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params }) => stamped(await byId(params.id)),
  );

  batchRowRoutes(app, kit, readyBatch);

  app.get(
    '/billing/batches/:id/exceptions',
    {
      schema: {
        tags: ['billing'],
        summary: 'Rows of a batch that want a look (异常) before they are billed',
        description: `A page looks through at most ${MOST_LOOKED_THROUGH} rows: one may be short, or empty, and still have a nextCursor.`,
        params: BatchPath,
        querystring: strict({
          class: Type.Optional(
            Type.String({
              pattern: `^(${EXCEPTIONS.join('|')})(,(${EXCEPTIONS.join('|')}))*$`,
              description: `Some of ${EXCEPTIONS.join(', ')}, with commas between; left out: all`,
            }),
          ),
          limit: Type.Optional(Limit),
          cursor: Type.Optional(Cursor),
        }),
        response: { 200: listOf(BatchRowShape), ...PROBLEM_RESPONSES, 409: Problem },
      },
    },
    async ({ params, query }) => {
      const batch = await readyBatch(params.id);
      const list = `exceptions ${batch.id} ${query.class ?? ''}`;
      const from = query.cursor === undefined ? 0 : Number(kit.cursors.decode(list, query.cursor)[0]);
      const classes = new Set(query.class?.split(',') ?? EXCEPTIONS);
      const file = await files.open(batch.id);
      try {
        const { rows, next } = await exceptionRows(file, classes, from, query.limit ?? 100);
        return {
          items: rows as unknown as Static<typeof BatchRowShape>[],
          nextCursor: next === null ? null : kit.cursors.encode(list, [next]),
          ...(await kit.site.stamp()),
          warnings: [],
        };
      } finally {
        await file.close();
      }
    },
  );

  app.get(
    '/billing/batches/:id/corrections',
    {
      schema: {
        tags: ['billing'],
        summary: 'Later words on rows of a batch (更正), in the order in which they came',
        description: 'The rows of the batch never change. Go on with after = the highest seq that you have.',
        params: BatchPath,
        querystring: strict({ after: Type.Optional(Type.Integer({ minimum: 0 })), limit: Type.Optional(Limit) }),
        response: {
          200: listOf(CorrectionShape, { nextAfter: Type.Integer({ description: 'after of the next request' }) }),
          ...PROBLEM_RESPONSES,
          409: Problem,
        },
      },
    },
    async ({ params, query }) => {
      const { id } = await readyBatch(params.id);
      const { after = 0, limit = 100 } = query;
      const { timeZone } = (await kit.site.index()).registry;
      const found = await batches.corrections(id, after, limit);
      const items = found.map(({ seq, meter, revision, at, row }) => ({
        ...{ seq, meter, revision, at: shown(timeZone, at) ?? '' },
        row: row as unknown as Static<typeof BatchRowShape>,
      }));
      const nextAfter = found.at(-1)?.seq ?? after;
      return { items, nextCursor: null, nextAfter, ...(await kit.site.stamp()), warnings: [] };
    },
  );

  app.post(
    '/billing/batches/:id/ack',
    {
      schema: {
        tags: ['billing'],
        summary: 'Says that billing has all rows of a batch (确认), with their number and SHA-256',
        params: BatchPath,
        querystring: NoQuery,
        body: AckRequest,
        response: { 200: StampedBatchShape, ...PROBLEM_RESPONSES, 409: Problem },
      },
    },
    async (request) => {
      const batch = await readyBatch(request.params.id);
      const { rows, sha256 } = request.body;
      if (rows !== batch.rows || sha256 !== batch.sha256) {
        const field = rows === batch.rows ? 'sha256' : 'rows';
        throw new ApiProblem('hash_mismatch', `${field} is not that of the batch ${batch.id}; nothing was changed`, [
          { pointer: `/${field}`, detail: `must be ${batch[field]}; fetch the rows again` },
        ]);
      }
      await batches.acknowledge(batch.id, request.keyId ?? '', kit.clock.now()).catch(notNow);
      return stamped(await byId(batch.id));
    },
  );
}

/** The store is being made, updated, or busy with another process: nothing was written. */
function notNow(error: unknown): never {
  if (!(error instanceof MeterwayError) || error.next !== 'retry') throw error;
  throw new ApiProblem('not_ready', 'nothing can be stored right now; send the request again');
}
