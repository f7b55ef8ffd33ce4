import type { Exchanger, Scan } from '../../../../collector/lines/exchange.ts';
import { ReadError } from '../../../../collector/lines/read-error.ts';
import { type Frame, findFrame } from '../../../../collector/protocols/dlt698/frame.ts';
import { type Asked, askedBy, attributes, type Dar, frameOf, record } from './meter-frames.ts';

/** What comes back on the wire for a request: bytes, or null for silence. */
export type Wire = (request: Frame) => Uint8Array | null;

/** A line that plays bytes: it judges them with the protocol's scan as a real line does, without any waiting. */
export class WireStub implements Exchanger {
  readonly requests: Frame[] = [];
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  async exchange<T>(request: Uint8Array, scan: Scan<T>): Promise<T> {
    const found = findFrame(request);
    if (found.kind !== 'frame') throw new Error('the request is no frame');
    this.requests.push(found.frame);
    let received = this.#wire(found.frame) ?? new Uint8Array();
    let reason: 'no_answer' | 'wrong_address' = 'no_answer';
    for (;;) {
      const verdict = scan(received);
      if (verdict.kind === 'frame') return verdict.value;
      if (verdict.kind === 'damaged') {
        const { answered = false } = verdict;
        throw new ReadError(verdict.reason, verdict.detail, { lastBytes: received, answered });
      }
      if (verdict.kind === 'more') throw new ReadError(reason, 'timeout', { lastBytes: received });
      if (verdict.reason === 'wrong_address') reason = 'wrong_address';
      received = received.subarray(verdict.used);
    }
  }

  /** GET requests in order: OADs of attributes, `record selector columns` of records. */
  get asked(): string[] {
    return this.requests.filter(({ block }) => block === null).map(({ apdu }) => text(askedBy(apdu)));
  }
}

function text({ oads, selector, columns }: Asked): string {
  return [
    oads.join(' '),
    ...(selector === '' ? [] : [selector]),
    ...(columns.length === 0 ? [] : [columns.join(' ')]),
  ].join(' | ');
}

/** Rows of a record for the columns asked for, or a DAR; `silent` for a meter that does not answer. */
export type Rows = (asked: Asked) => readonly (readonly string[])[] | Dar | 'silent';

/** A meter that knows the values (hexadecimal, tag first) of these OADs and these records; DAR 6 to the rest. */
export function meterWith(
  values: Readonly<Record<string, string | Dar | 'silent'>>,
  records: Readonly<Record<string, Rows>> = {},
): Wire {
  return ({ apdu }) => {
    const asked = askedBy(apdu);
    const { service, piid, oads, columns } = asked;
    if (service === 3) {
      const [oad = ''] = oads;
      const rows = records[oad]?.(asked) ?? { dar: 6 };
      return rows === 'silent' ? null : frameOf({ apdu: record(piid, oad, columns, rows) });
    }
    if (oads.some((oad) => values[oad] === 'silent')) return null;
    const contents = oads.map((oad) => [oad, (values[oad] ?? { dar: 6 }) as string | Dar] as const);
    return frameOf({ apdu: attributes(piid, contents, service === 2) });
  };
}

/** A record whose rows are known by their freeze time in hexadecimal, oldest first; a cell by its column's OAD. */
export function freezes(rows: readonly Readonly<Record<string, string>>[]): Rows {
  return ({ selector, columns }) => {
    const time = '20210200';
    const stampOf = (row: Readonly<Record<string, string>>): string => (row[time] ?? '').toUpperCase();
    const kind = selector.slice(0, 2);
    const [from, to] = [selector.slice(10, 26), selector.slice(26, 42)];
    const chosen = rows.filter((row, i) => {
      if (kind === '01') return stampOf(row) === from;
      if (kind === '02') return stampOf(row) >= from && stampOf(row) < to;
      return rows.length - i === Number.parseInt(selector.slice(2), 16);
    });
    return chosen.map((row) => columns.map((column) => row[column] ?? '00'));
  };
}
