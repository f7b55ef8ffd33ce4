import type { InfluxAnswer, InfluxConnection } from './connection.ts';
import { failureOf, isServerLimit, refusesFailure } from './failure.ts';
import type { Outgoing } from './lines.ts';

/** Lines in one request. */
const MOST_LINES = 5000;
/** So many lines one after the other, each by itself, with one reason that names nothing of a line: it is not the lines. */
const ALIKE = 8;
/** What 1.x, 2.x and 3.x say of lines. */
const OF_LINES =
  /partial write|dropped=|unable to parse|parsing failed|field type conflict|beyond retention|invalid column/i;

export interface Rejected {
  readonly outgoing: Outgoing;
  /** What the server said. */
  readonly why: string;
}

/** What is being sent, and what has become of it so far. */
interface Sending {
  readonly connection: InfluxConnection;
  readonly now: () => number;
  readonly database: string;
  readonly rejected: Rejected[];
  /** Lines of requests that were taken whole. */
  taken: number;
}

/**
 * Writes points; resolves when the server has said 204 to every one of them but those it gives back, which the server
 * rejects by themselves. Rejects with a MeterwayError that says to try again; what is written by then is written again
 * then, which changes nothing.
 */
export async function sendLines(
  connection: InfluxConnection,
  now: () => number,
  database: string,
  lines: readonly Outgoing[],
): Promise<Rejected[]> {
  const sending: Sending = { connection, now, database, rejected: [], taken: 0 };
  for (let from = 0; from < lines.length; from += MOST_LINES) {
    await sendPart(sending, lines.slice(from, from + MOST_LINES));
  }
  return sending.rejected;
}

/**
 * A rejected part is halved until single lines are left: the server stores the good points of a part and names only
 * the first of its reasons. At most 2 requests a line.
 */
async function sendPart(sending: Sending, lines: readonly Outgoing[]): Promise<void> {
  const { connection, now, database, rejected } = sending;
  const answer = await connection.request({
    method: 'POST',
    path: connection.dialect.writePath(database),
    body: bodyOf(lines),
    contentType: 'text/plain; charset=utf-8',
    mayPack: true,
  });
  if (answer.status === 204) {
    sending.taken += lines.length;
    return;
  }
  if (!isRejection(answer)) throw failureOf('write readings to', answer, connection, now());
  if (lines.length === 1 || dropsAll(answer, lines.length)) {
    const why = answer.text === '' ? `status ${answer.status}` : answer.text;
    for (const outgoing of lines) rejected.push({ outgoing, why });
    if (refusesAll(sending, why)) throw refusesFailure(answer, connection);
    return;
  }
  const half = lines.length >> 1;
  await sendPart(sending, lines.slice(0, half));
  await sendPart(sending, lines.slice(half));
}

/** A proxy, or a wrong setting, may refuse everything with a status that servers use for bad lines. */
function refusesAll({ rejected, taken }: Sending, why: string): boolean {
  const last = rejected.slice(-ALIKE);
  return taken === 0 && last.length === ALIKE && !OF_LINES.test(why) && last.every((each) => each.why === why);
}

/** Grown and not joined: the engine then copies each piece once, which halves the time of a write. */
function bodyOf(lines: readonly Outgoing[]): string {
  let body = '';
  for (const { line } of lines) body += `${line}\n`;
  return body;
}

/** 201 is what 3.x says of a partial success. */
function isRejection({ status, text }: InfluxAnswer): boolean {
  if (isServerLimit(text) || text.includes('database not found')) return false;
  return status === 400 || status === 413 || status === 422 || status === 201;
}

function dropsAll({ text }: InfluxAnswer, count: number): boolean {
  return Number(/\bdropped=(\d+)/.exec(text)?.[1] ?? 0) === count;
}
