import { createHash, randomUUID } from 'node:crypto';
import type { Static } from 'typebox';
import type { NewCentreEvent } from '#contract/centre-event.ts';
import type { OutageHead, OutageNote } from '#contract/outage.ts';
import { ApiProblem } from '../errors.ts';
import { notNow } from '../queries/jobs.ts';
import { noteShape, outageHead } from '../queries/outages.ts';
import { instantParameter } from '../queries/parameters.ts';
import { IdText, Problem, strict } from '../schemas/common.ts';
import { IdempotencyHeader } from '../schemas/jobs.ts';
import { NoteRequest, NoteShape } from '../schemas/outages.ts';
import { type App, type Kit, NoQuery, PROBLEM_RESPONSES } from './route-kit.ts';

/** What dispatch adds to an incident; every time that was told is on record. */
export function noteRoutes(app: App, kit: Kit): void {
  app.post(
    '/outages/:id/notes',
    {
      schema: {
        tags: ['hotline', 'operators'],
        summary: 'Adds the cause, the expected time of restoration, what was told to customers, or a remark',
        description:
          'expected: expectedAt is what the hotline tells from now on; null withdraws it. told: what was told, to whom. ' +
          'Announced as outage.noted.v1. Notes are never changed; the newest of a kind counts.',
        params: strict({ id: IdText }),
        headers: IdempotencyHeader,
        querystring: NoQuery,
        body: NoteRequest,
        response: { 201: NoteShape, ...PROBLEM_RESPONSES, 409: Problem },
      },
    },
    async ({ params, body, headers, keyId }, reply) => {
      const { timeZone } = (await kit.site.index()).registry;
      const outage = await outageHead(kit.state.outages, params.id);
      const asker = { by: keyId ?? '', name: headers['idempotency-key'] ?? null };
      const note = noteOf(outage, body, asker, kit.clock.now());
      await kit.state.outages.addNote(note, eventOf(outage, note)).catch(notNow);
      const stored = (await kit.state.outages.notes(outage.id)).find(({ id }) => id === note.id) ?? note;
      if (!isSame(stored, note)) {
        throw new ApiProblem('idempotency_conflict', 'the Idempotency-Key was used for another note; use a new one');
      }
      return reply.code(201).send(noteShape(stored, timeZone));
    },
  );
}

interface Asker {
  readonly by: string;
  readonly name: string | null;
}

/** The note that a request writes. Throws `bad_request` or `bad_range` for what cannot be meant. */
function noteOf(outage: OutageHead, body: Static<typeof NoteRequest>, { by, name }: Asker, now: number): OutageNote {
  const { kind, expectedAt } = body;
  const text = (body.text ?? '').trim();
  if (kind === 'expected' && expectedAt === undefined) {
    throw wrong('expectedAt', 'expected needs the time; null withdraws the one before');
  }
  if (kind !== 'expected' && kind !== 'told' && expectedAt !== undefined && expectedAt !== null) {
    throw wrong('expectedAt', `${kind} takes no time`);
  }
  if (kind !== 'expected' && text === '') throw wrong('text', `${kind} needs a text`);
  const at = expectedAt === undefined || expectedAt === null ? null : instantParameter('expectedAt', expectedAt);
  if (kind === 'expected' && at !== null && at <= now) {
    throw new ApiProblem('bad_range', `${expectedAt} is past: nobody can be told to expect it`, [
      { pointer: '/expectedAt', detail: 'must lie ahead' },
    ]);
  }
  return { id: idOf(outage.id, by, name), outage: outage.id, at: now, by, kind, text, expectedAt: at };
}

function wrong(field: string, why: string): ApiProblem {
  return new ApiProblem('bad_request', why, [{ pointer: `/${field}`, detail: why }]);
}

/** The same for the same asker and name of a request, so that repeating it writes no second note. */
function idOf(outage: string, by: string, name: string | null): string {
  if (name === null) return randomUUID();
  return createHash('sha256')
    .update(JSON.stringify([outage, by, name]))
    .digest('hex')
    .slice(0, 32);
}

function isSame(stored: OutageNote, note: OutageNote): boolean {
  return stored.kind === note.kind && stored.text === note.text && stored.expectedAt === note.expectedAt;
}

function eventOf({ id, district }: OutageHead, { id: note, at, kind, expectedAt }: OutageNote): NewCentreEvent {
  const data = { note, kind, expectedAt };
  return { type: 'outage.noted.v1', at, district, subject: id, evidenceAt: null, data };
}
