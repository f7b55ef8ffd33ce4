import type { Exchanger, Scan, Verdict } from '../../lines/exchange.ts';
import { malformedContent, ReadError } from '../../lines/read-error.ts';
import { retrying, type Tries } from '../../lines/retrying.ts';
import { isSameServer, meterAddress } from './address.ts';
import { judgeAnswer } from './answer-judge.ts';
import { ByteReader } from './byte-reader.ts';
import { DarError } from './dar.ts';
import type { Data } from './data-types.ts';
import {
  CLIENT_BEGAN_BIT,
  DATA_FUNCTION,
  FROM_SERVER_BIT,
  type Frame,
  type FrameDamage,
  FUNCTION_BITS,
  findFrame,
} from './frame.ts';
import { type Envelope, encodeConfirm, encodeRequest } from './frame-encode.ts';
import { encodeGet, type GetRequest, LIST, NEXT, NORMAL, PIID_BITS, RECORD, type RowSelector } from './get-request.ts';
import { type GetResponse, readGetResponse } from './get-response.ts';
import { Reassembly } from './split.ts';

/** Blocks after which a meter is taken to be counting for ever. */
const MOST_BLOCKS = 64;

/** What the readers need of a meter: values behind OADs, rows of records. */
export interface OadSource {
  /**
   * Each OAD with its value, or the DarError that the meter gave for it. Rejects with ReadError: a DarError for the
   * whole request, `malformed`, and whatever the line rejects with.
   */
  readList(address: string, oads: readonly string[]): Promise<ReadonlyMap<string, Data | DarError>>;
  /** Rows of a record, each with one value per column. Rejects as `readList`; a DarError is the record's. */
  readRows(address: string, record: RecordRequest): Promise<readonly (readonly Data[])[]>;
}

interface RecordRequest {
  readonly oad: string;
  readonly selector: RowSelector;
  readonly columns: readonly string[];
}

interface Reply {
  readonly frame: Frame;
  /** The frame as it came, for the failure record. */
  readonly raw: Uint8Array;
}

interface Answered {
  readonly response: GetResponse;
  readonly raw: Uint8Array;
}

/** What is made of a sound frame of the right address and direction. */
type Judged = 'reply' | 'stray' | { readonly malformed: string };
type Judge = (frame: Frame) => Judged;

/**
 * Reads meters over one line, with GET alone. A reply is taken only from the address that was asked, with the service,
 * the number (PIID) and the OADs that were asked; anything else that is sound is a stray and the wait goes on. Answers
 * split by the link layer are confirmed block by block, but for the last, behind which nothing follows. Each request is
 * sent up to `tries` times while it fails in a way that another attempt may mend.
 */
export class Dlt698Client implements OadSource {
  readonly #exchanger: Exchanger;
  readonly #tries: Tries;
  #piid = PIID_BITS;

  constructor(exchanger: Exchanger, tries: Tries = () => 1) {
    this.#exchanger = exchanger;
    this.#tries = tries;
  }

  async readList(address: string, oads: readonly string[]): Promise<ReadonlyMap<string, Data | DarError>> {
    const [only] = oads;
    const request: GetRequest =
      oads.length === 1 && only !== undefined ? { service: NORMAL, oad: only } : { service: LIST, oads };
    const answers = await this.#ask(address, request);
    const values = new Map<string, Data | DarError>();
    for (const { response, raw } of answers) {
      for (const { oad, result } of response.results) {
        values.set(oad, 'data' in result ? result.data : new DarError(result.dar, oad, raw));
      }
    }
    const lacking = oads.find((oad) => !values.has(oad));
    if (lacking !== undefined) throw malformedContent(`answer without ${lacking}`, answers.at(-1)?.raw);
    return values;
  }

  async readRows(address: string, record: RecordRequest): Promise<readonly (readonly Data[])[]> {
    const rows: (readonly Data[])[] = [];
    for (const { response, raw } of await this.#ask(address, { service: RECORD, ...record })) {
      for (const { oad, result } of response.records) {
        if ('dar' in result) throw new DarError(result.dar, oad, raw);
        rows.push(...result.rows);
      }
    }
    return rows;
  }

  /** The answer, or the blocks of one that comes in several (GET-Response next). */
  async #ask(address: string, request: GetRequest): Promise<Answered[]> {
    this.#piid = (this.#piid + 1) & PIID_BITS;
    const to = { address: meterAddress(address), client: 0 };
    const answers = [await this.#transfer(to, request, request, null)];
    for (let { block } = answers[0]?.response ?? { block: null }; block !== null && !block.isLast; ) {
      if (answers.length >= MOST_BLOCKS) {
        const lastBytes = answers.at(-1)?.raw ?? new Uint8Array();
        throw new ReadError('malformed', `more than ${MOST_BLOCKS} blocks`, {
          next: 'skip',
          answered: true,
          lastBytes,
        });
      }
      const next = await this.#transfer(to, { service: NEXT, block: block.number }, request, block.number);
      answers.push(next);
      block = next.response.block;
    }
    return answers;
  }

  /** Sends `request` and gives its answer, put together if it came split. `asked` is the read that it belongs to. */
  async #transfer(to: Envelope, request: GetRequest, asked: GetRequest, after: number | null): Promise<Answered> {
    const piid = this.#piid;
    const judge = (apdu: Uint8Array, isPiece: boolean): Judged => judgeAnswer(apdu, { piid, asked, after, isPiece });
    const bytes = encodeRequest(to, encodeGet(piid, request));
    const first = await this.#exchange(to, bytes, ({ apdu, block }) => {
      if (block !== null) return block.role === 'start' ? judge(apdu, true) : 'stray';
      return judge(apdu, false);
    });
    const { apdu, raw } = await this.#whole(to, first);
    const judged = first.frame.block === null ? 'reply' : judge(apdu, false);
    if (judged !== 'reply') {
      throw malformedContent(judged === 'stray' ? 'split answer to another request' : judged.malformed, raw);
    }
    const response = readGetResponse(new ByteReader(apdu));
    const dar = response.block?.dar ?? null;
    if (dar !== null) throw new DarError(dar, 'the answer in blocks', raw);
    return { response, raw };
  }

  async #whole(to: Envelope, first: Reply): Promise<{ apdu: Uint8Array; raw: Uint8Array }> {
    let { frame, raw } = first;
    if (frame.block === null) return { apdu: frame.apdu, raw };
    const parts = new Reassembly();
    let apdu = parts.add(frame.block, frame.apdu);
    while (apdu === null) {
      ({ frame, raw } = await this.#exchange(to, encodeConfirm(to, parts.number), ({ block }) => {
        const judged = block === null ? 'repeated' : parts.judge(block);
        if (judged === 'next') return 'reply';
        return judged === 'repeated' ? 'stray' : judged;
      }));
      if (frame.block !== null) apdu = parts.add(frame.block, frame.apdu);
    }
    return { apdu, raw };
  }

  #exchange(to: Envelope, bytes: Uint8Array, judge: Judge): Promise<Reply> {
    return retrying(this.#tries, () => this.#exchanger.exchange(bytes, scanFor(to, judge)));
  }
}

const DAMAGE: Readonly<Record<FrameDamage, string>> = {
  length: 'impossible length',
  head_checksum: 'checksum of the head',
  checksum: 'checksum',
  end: 'end byte missing',
  block_field: 'split frame without block field',
};

const REPLY_BITS = FROM_SERVER_BIT | CLIENT_BEGAN_BIT | FUNCTION_BITS;
const REPLY = FROM_SERVER_BIT | CLIENT_BEGAN_BIT | DATA_FUNCTION;

function scanFor(to: Envelope, judge: Judge): Scan<Reply> {
  return (received): Verdict<Reply> => {
    const found = findFrame(received);
    if (found.kind === 'more') return found;
    if (found.kind === 'damaged') return damagedBy(found.damage);
    const { frame, start, end: used } = found;
    if (!isSameServer(to.address, frame.address)) return { kind: 'stray', used, reason: 'wrong_address' };
    const judged = isReplyTo(to, frame) ? judge(frame) : 'stray';
    if (judged === 'reply') return { kind: 'frame', value: { frame, raw: received.slice(start, used) }, used };
    if (judged === 'stray') return { kind: 'stray', used, reason: 'no_answer' };
    return { kind: 'damaged', reason: 'malformed', detail: judged.malformed, answered: true };
  };
}

function damagedBy(damage: FrameDamage): Verdict<never> {
  const isSum = damage === 'checksum' || damage === 'head_checksum';
  return { kind: 'damaged', reason: isSum ? 'crc_error' : 'malformed', detail: DAMAGE[damage] };
}

/** Without bit 7 it is our own request, echoed by the converter; without bit 6 a report that nobody asked for. */
function isReplyTo({ client }: Envelope, frame: Frame): boolean {
  return (frame.control & REPLY_BITS) === REPLY && frame.client === client;
}
