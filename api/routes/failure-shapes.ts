import type { Static } from 'typebox';
import { REASON_TEXTS, type Reason } from '#contract/reasons.ts';
import type { Task } from '#contract/tasks.ts';
import { adviceOf, caseIdOf } from '#domain/collection/causes.ts';
import type { FailingMeter, FailureRow } from '#domain/collection/failures.ts';
import type { CaseNote } from '#stores/collection-stores.ts';
import { shown } from '../queries/collection.ts';
import type { Case } from '../queries/failure-list.ts';
import type { ReasonShape } from '../schemas/collection.ts';
import type { CauseShape, FailureShape, NoteShape } from '../schemas/failures.ts';
import type { Kit } from './route-kit.ts';

/** Meters of a cause that are shown with it, and those among which the newest failed read is looked for. */
const SHOWN = 10;
const LOOKED_AT = 100;

export function reasonShape(code: Reason): Static<typeof ReasonShape> {
  const { zh, en, cause, checks } = REASON_TEXTS[code];
  return { code, text: { zh, en }, likelyCause: cause, checks: { zh: [...checks.zh], en: [...checks.en] } };
}

export function noteShape(zone: string, { id, at, ...note }: CaseNote): Static<typeof NoteShape> {
  return { caseId: id, at: shown(zone, at) ?? '', ...note };
}

export function failureShape(zone: string, caseId: string, row: FailureRow): Static<typeof FailureShape> {
  const { meter, reason, detail, attempts, lastBytes, final, consecutiveDays, since, lastGood, failedSlots } = row;
  return {
    meter: meter.id,
    meterNo: meter.no,
    area: meter.area,
    line: meter.line,
    caseId,
    slot: shown(zone, row.slot) ?? '',
    failedSlots,
    reason,
    detail,
    attempts,
    lastBytes,
    at: shown(zone, row.at),
    final,
    consecutiveDays,
    since,
    lastGood,
  };
}

/** A page of cases; what the ledger has to say of their meters is fetched for all of them at once. */
export async function causeShapes(
  kit: Kit,
  zone: string,
  task: Task,
  cases: readonly Case[],
  matches: (row: FailingMeter) => boolean,
): Promise<Static<typeof CauseShape>[]> {
  const looked = cases.map(({ cause }) => {
    const matching: FailingMeter[] = [];
    for (const row of cause.members) {
      if (matching.length === SHOWN) break;
      if (matches(row)) matching.push(row);
    }
    return { matching, some: [...new Set([...matching, ...cause.members.slice(0, LOOKED_AT)])] };
  });
  const asked = looked.flatMap(({ some }) => some);
  const told = new Map<FailingMeter, FailureRow>();
  for (const [i, row] of (await kit.failureQuery.attempts(task, asked)).entries()) {
    const of = asked[i];
    if (of) told.set(of, row);
  }
  return cases.map((each, i) => {
    const { matching = [], some = [] } = looked[i] ?? {};
    const rows = matching.flatMap((row) => told.get(row) ?? []);
    return causeShape(zone, task, each, rows, newestOf(some.flatMap((row) => told.get(row) ?? [])));
  });
}

/** The row whose attempt ended last. */
function newestOf(rows: readonly FailureRow[]): FailureRow | null {
  let newest: FailureRow | null = null;
  for (const row of rows) if (newest === null || (row.at ?? -1) > (newest.at ?? -1)) newest = row;
  return newest;
}

function causeShape(
  zone: string,
  task: Task,
  { id: caseId, cause, state, note }: Case,
  rows: readonly FailureRow[],
  newest: FailureRow | null,
): Static<typeof CauseShape> {
  const { kind, id, confidence, reasons, members, expected, consecutiveDays, consecutiveDaysMin, since } = cause;
  const firstCause = reasonShape(adviceOf(cause));
  const [zh = '', en = ''] = [firstCause.checks.zh[0], firstCause.checks.en[0]];
  return {
    caseId,
    kind,
    id,
    name: kind === 'meter' ? (members[0]?.meter.no ?? null) : null,
    confidence,
    state,
    reason: reasonShape(reasons[0]?.reason ?? 'no_answer'),
    reasons: reasons.map((each) => ({ ...each })),
    firstCause,
    nextStep: { zh, en },
    meters: members.length,
    expected,
    consecutiveDays,
    consecutiveDaysMin,
    since,
    lastGood: cause.lastGood,
    detail: newest?.detail ?? '',
    attempts: newest?.attempts ?? 0,
    lastBytes: newest?.lastBytes ?? '',
    at: shown(zone, newest?.at ?? null),
    note: note && noteShape(zone, note),
    revision: note?.revision ?? 0,
    rows: rows.map((row) => failureShape(zone, caseIdOf(task.id, cause), row)),
  };
}
