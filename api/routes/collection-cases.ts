import { Type } from 'typebox';
import type { Task } from '#contract/tasks.ts';
import { type CauseKind, caseOf } from '#domain/collection/causes.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { ApiProblem } from '../errors.ts';
import { meterKey, pageAfter } from '../queries/failure-list.ts';
import { notNow } from '../queries/jobs.ts';
import { dateParameter, yesterday } from '../queries/parameters.ts';
import { Cursor, DateText, Limit, listOf, Problem, strict } from '../schemas/common.ts';
import { CaseId, CaseRequest, CaseShape, FailureShape, IfMatchHeader, NoteShape } from '../schemas/failures.ts';
import { causeShapes, failureShape, noteShape } from './failure-shapes.ts';
import { type App, type Kit, NoQuery, PROBLEM_RESPONSES } from './route-kit.ts';

const TAGS = ['operators'];
const CasePath = strict({ caseId: CaseId });
const Day = { date: Type.Optional(DateText) };

/** A cause of failures by itself: its meters, and what people decided about it. */
export function caseRoutes(app: App, kit: Kit): void {
  app.get(
    '/collection/failures/:caseId',
    {
      schema: {
        tags: TAGS,
        summary: 'A case: the cause as it fails on a day, and what was decided about it',
        description: 'The ETag is what a change has to send back. `cause` is null when nothing fails because of it.',
        params: CasePath,
        querystring: strict(Day),
        response: { 200: CaseShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params: { caseId }, query }, reply) => {
      const index = await kit.site.index();
      const { task } = await knownCase(kit, index, caseId);
      const date = dayOf(kit, index, query.date);
      const zone = index.registry.timeZone;
      const found = await failingCase(kit, index, task, date, caseId);
      const note = await kit.state.cases.get(caseId);
      const [cause = null] = found ? await causeShapes(kit, zone, task, [found], () => true) : [];
      const revision = note?.revision ?? 0;
      reply.header('etag', `"${revision}"`);
      return { caseId, date, cause, note: note && noteShape(zone, note), revision };
    },
  );

  app.get(
    '/collection/failures/:caseId/meters',
    {
      schema: {
        tags: TAGS,
        summary: 'All failing meters of a cause, by id',
        params: CasePath,
        querystring: strict({ ...Day, limit: Type.Optional(Limit), cursor: Type.Optional(Cursor) }),
        response: {
          200: listOf(FailureShape, { date: DateText, task: Type.String(), total: Type.Integer() }),
          ...PROBLEM_RESPONSES,
        },
      },
    },
    async ({ params: { caseId }, query }) => {
      const index = await kit.site.index();
      const { task } = await knownCase(kit, index, caseId);
      const date = dayOf(kit, index, query.date);
      const list = `case ${caseId} ${date}`;
      const position = query.cursor === undefined ? [] : kit.cursors.decode(list, query.cursor);
      const members = (await failingCase(kit, index, task, date, caseId))?.cause.members ?? [];
      const { items, next } = pageAfter(members, meterKey('id'), position, query.limit);
      const rows = await kit.failureQuery.attempts(task, items);
      return {
        items: rows.map((row) => failureShape(index.registry.timeZone, caseId, row)),
        nextCursor: next === null ? null : kit.cursors.encode(list, next),
        ...(await kit.site.stamp()),
        date,
        task: task.id,
        total: members.length,
        warnings: [],
      };
    },
  );

  app.put(
    '/collection/failures/:caseId',
    {
      schema: {
        tags: TAGS,
        summary: 'Dispatches a case (派工), excludes it, or opens it again',
        description:
          'If-Match is the ETag that was read; "0" for a case about which nothing was decided yet. Excluding a case only ' +
          'marks it in the list; what the figures leave out are exclusions (POST /collection/exclusions).',
        params: CasePath,
        querystring: NoQuery,
        headers: IfMatchHeader,
        body: CaseRequest,
        response: { 200: NoteShape, ...PROBLEM_RESPONSES, 412: Problem, 428: Problem },
      },
    },
    async (request, reply) => {
      const { caseId } = request.params;
      const index = await kit.site.index();
      await knownCase(kit, index, caseId);
      const { state, note = '', assignee = null } = request.body;
      if (state === 'excluded' && note.trim() === '') {
        throw new ApiProblem('bad_request', 'a case is excluded with a reason', [
          { pointer: '/note', detail: 'must say why the case is excluded' },
        ]);
      }
      const expected = revisionOf(request.headers['if-match'], caseId);
      const said = { id: caseId, state, note, assignee, by: request.keyId ?? '', at: kit.clock.now() };
      const saved = expected === null ? null : await kit.state.cases.save(said, expected).catch(notNow);
      if (!saved) {
        const revision = (await kit.state.cases.get(caseId))?.revision ?? 0;
        throw new ApiProblem('precondition_failed', `the case is at revision ${revision}; read it again`);
      }
      reply.header('etag', `"${saved.revision}"`);
      return noteShape(index.registry.timeZone, saved);
    },
  );
}

function dayOf(kit: Kit, index: RegistryIndex, date: string | undefined): string {
  return dateParameter('date', date ?? yesterday(index.registry.timeZone, kit.clock.now()));
}

/** The revision that an If-Match names; null for a tag that was never given out. Throws `precondition_required`. */
function revisionOf(tag: string | undefined, caseId: string): number | null {
  if (tag === undefined) {
    throw new ApiProblem('precondition_required', `send If-Match with the ETag of the case ${caseId}`);
  }
  const digits = /^"(0|[1-9]\d{0,8})"$/.exec(tag)?.[1];
  return digits === undefined ? null : Number(digits);
}

async function failingCase(kit: Kit, index: RegistryIndex, task: Task, date: string, caseId: string) {
  const cases = await kit.failureQuery.cases(index, task, date, 'excluded');
  return cases.find(({ id }) => id === caseId) ?? null;
}

/** The parts of a case's name. Throws `unknown_case` for one that names nothing that is there. */
async function knownCase(kit: Kit, index: RegistryIndex, caseId: string): Promise<{ task: Task }> {
  const parts = caseOf(caseId);
  const task = parts && index.task(parts.task);
  if (!task) {
    throw new ApiProblem('unknown_case', `${caseId} is no case: it must be "<task> <kind> <id>" of a task there is`);
  }
  if (await isThere(kit, index, parts.kind, parts.id)) return { task };
  throw new ApiProblem('unknown_case', `there is no ${parts.kind} ${parts.id} that could fail`);
}

async function isThere(kit: Kit, index: RegistryIndex, kind: CauseKind, id: string): Promise<boolean> {
  const { lines, collectors } = index.registry;
  if (kind === 'meter') return index.meter(id) !== undefined;
  if (kind === 'line') return index.line(id) !== undefined;
  if (kind === 'collector') return collectors.some((each) => each.id === id);
  if (kind === 'concentrator') return lines.some(({ concentrator }) => concentrator === id);
  return (await kit.state.outages.get(id)) !== null;
}
