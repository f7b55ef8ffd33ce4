import { ReadError } from '../../lines/read-error.ts';
import { ByteReader } from './byte-reader.ts';
import { type GetRequest, LIST, NEXT, NORMAL, PIID_BITS, RECORD } from './get-request.ts';
import { GET_RESPONSE, type GetResponse, readGetResponse } from './get-response.ts';

interface Expected {
  readonly piid: number;
  /** The read that was asked for, whatever block of its answer is next. */
  readonly asked: GetRequest;
  /** Number of the block that the next one follows, null for the first answer. */
  readonly after: number | null;
  /** Only the beginning of a split answer is here. */
  readonly isPiece: boolean;
}

/** Whether an APDU answers the read; `stray` = it answers something else, such as an earlier request. */
export function judgeAnswer(apdu: Uint8Array, expected: Expected): 'reply' | 'stray' | { readonly malformed: string } {
  const { piid, asked, after, isPiece } = expected;
  const [tag, service, number] = apdu;
  if (isPiece ? tag !== undefined && tag !== GET_RESPONSE : tag !== GET_RESPONSE) return 'stray';
  const services = after === null ? [asked.service, NEXT] : [NEXT];
  if (service !== undefined && !services.some((one) => one === service)) return 'stray';
  if (number !== undefined && (number & PIID_BITS) !== piid) return 'stray';
  if (isPiece) return 'reply';
  let response: GetResponse;
  try {
    response = readGetResponse(new ByteReader(apdu));
  } catch (error) {
    if (error instanceof ReadError) return { malformed: error.detail };
    throw error;
  }
  return namesOnly(asked, response) ? judgeBlock(response, after) : 'stray';
}

function judgeBlock({ block }: GetResponse, after: number | null): 'reply' | 'stray' | { readonly malformed: string } {
  if (block === null || after === null || block.number === after + 1) return 'reply';
  return block.number <= after ? 'stray' : { malformed: `block ${block.number} instead of ${after + 1}` };
}

/** True when the answer is about nothing else than what was asked for. */
function namesOnly(asked: GetRequest, { results, records }: GetResponse): boolean {
  switch (asked.service) {
    case NORMAL:
      return records.length === 0 && results.every(({ oad }) => oad === asked.oad);
    case LIST:
      return records.length === 0 && results.every(({ oad }) => asked.oads.includes(oad));
    case RECORD:
      return (
        results.length === 0 &&
        records.every(
          ({ oad, columns, result }) =>
            oad === asked.oad && ('dar' in result || hasColumns(asked.columns, columns.map(columnOad))),
        )
      );
    case NEXT:
      return false;
  }
}

function columnOad({ oad, parts }: { oad: string; parts: readonly string[] }): string {
  return parts.length === 0 ? oad : `${oad} in parts`;
}

function hasColumns(asked: readonly string[], answered: readonly string[]): boolean {
  return asked.length === answered.length && asked.every((oad, i) => oad === answered[i]);
}
