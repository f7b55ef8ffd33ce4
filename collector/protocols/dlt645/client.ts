import type { Exchanger, Scan, Verdict } from '../../lines/exchange.ts';
import { ReadError } from '../../lines/read-error.ts';
import { retrying, type Tries } from '../../lines/retrying.ts';
import { ADDRESS_BYTES, addressText, matchesAddress } from './address.ts';
import { EDITION_2007, type Edition } from './edition.ts';
import { ERROR_BIT, FOLLOW_BIT, type Frame, type FrameDamage, FUNCTION_BITS, findFrame, REPLY_BIT } from './frame.ts';
import { encodeRequest, READ_ADDRESS, type ReadRequest } from './frame-encode.ts';
import { diBytes, diText } from './identifier.ts';

/** Follow-up frames after which a meter is taken to be counting for ever: 16 × 195 bytes are more than any item has. */
const MOST_FOLLOW_UPS = 16;

/** Every meter: two digits each. */
const ANY_ADDRESS = 'AA'.repeat(ADDRESS_BYTES);

/** Error byte of a reply (DL/T 645-2007, error word): bit 0 other, bit 1 no such data. The rest are refusals. */
const OTHER_ERROR = 0x01;
const NO_SUCH_DATA = 0x02;

const ONCE: Tries = () => 1;

interface Reply {
  readonly frame: Frame;
  /** The frame as it came, for the failure record. */
  readonly raw: Uint8Array;
}

/** What is made of a sound reply of the right address and function. */
type Judge = (frame: Frame) => 'reply' | 'stray' | { readonly malformed: string };

/** What the readers need of a meter: the bytes behind a data identifier. */
export interface DataSource {
  /**
   * Data behind the identifier, DI and sequence numbers taken off, follow-up frames joined. `extra` goes behind the DI
   * of the request (load profile). Rejects with ReadError: `not_supported` for error 02, `device_error` for others,
   * `malformed`, and whatever the line rejects with.
   */
  readData(address: string, di: string, extra?: Uint8Array): Promise<Uint8Array>;
}

/**
 * Reads meters over one line. A reply is taken only from the address that was asked, with the function, data
 * identifier and sequence number that were asked; anything else that is sound is a stray and the wait goes on. An
 * error reply carries no identifier, so a late one cannot be told from a fresh one: the line's quiet time keeps it out.
 * Each request is sent up to `tries` times while it fails in a way that another attempt may mend, but for a follow-up
 * without a number, which is sent once.
 */
export class Dlt645Client implements DataSource {
  readonly #exchanger: Exchanger;
  readonly #tries: Tries;
  readonly #edition: Edition;

  constructor(exchanger: Exchanger, tries: Tries = () => 1, edition = EDITION_2007) {
    this.#exchanger = exchanger;
    this.#tries = tries;
    this.#edition = edition;
  }

  /** As DataSource says. `address` may hold AA for any two digits; the reply of the meter it stands for is taken. */
  async readData(address: string, di: string, extra: Uint8Array = new Uint8Array()): Promise<Uint8Array> {
    const edition = this.#edition;
    const { read, followUp, hasSequence } = edition;
    const asked = diBytes(di, edition.diBytes);
    let reply = await this.#ask({ address, control: read, data: Uint8Array.of(...asked, ...extra) }, (frame) =>
      judgeData(frame, edition, di, null),
    );
    const parts = [reply.frame.data.subarray(edition.diBytes)];
    for (let seq = 1; (reply.frame.control & FOLLOW_BIT) !== 0; seq++) {
      if (seq > MOST_FOLLOW_UPS) {
        throw new ReadError('malformed', `more than ${MOST_FOLLOW_UPS} follow-up frames`, {
          next: 'skip',
          answered: true,
          lastBytes: reply.raw,
        });
      }
      const expected = hasSequence ? seq : null;
      const data = expected === null ? asked : Uint8Array.of(...asked, expected);
      // A short address may stand for several meters: the rest must come from the one that began.
      const from = reply.frame.address;
      // Without a number the meter would answer a repetition with the frame behind the one that was lost.
      const tries = hasSequence ? this.#tries : ONCE;
      const judge: Judge = (frame) => judgeData(frame, edition, di, expected);
      reply = await this.#ask({ address: from, control: followUp, data }, judge, tries);
      parts.push(reply.frame.data.subarray(edition.diBytes, hasSequence ? -1 : undefined));
    }
    return Uint8Array.from(Buffer.concat(parts));
  }

  /**
   * Address of the one meter on the line, or of the one whose address fits `pattern` (AA for any two digits). When
   * several answer at once, their frames destroy each other. Rejects with ReadError `malformed` for a reply that holds
   * no such address, and whatever the line rejects with.
   */
  async readAddress(pattern = ANY_ADDRESS): Promise<string> {
    const request = { address: pattern, control: READ_ADDRESS, data: new Uint8Array() } as const;
    const { frame } = await this.#ask(request, ({ data }) => {
      const found = data.length === ADDRESS_BYTES ? addressText(data) : null;
      if (found === null || found.includes('AA')) return { malformed: `no address in ${data.length} bytes` };
      return matchesAddress(pattern, found) ? 'reply' : { malformed: `address ${found} is not ${pattern}` };
    });
    return addressText(frame.data) ?? '';
  }

  #ask(request: ReadRequest, judge: Judge, tries = this.#tries): Promise<Reply> {
    const bytes = encodeRequest(request);
    return retrying(tries, async () => {
      const reply = await this.#exchanger.exchange(bytes, scanFor(request, judge));
      if ((reply.frame.control & ERROR_BIT) !== 0) throw deviceError(reply);
      return reply;
    });
  }
}

function scanFor(request: ReadRequest, judge: Judge): Scan<Reply> {
  return (received): Verdict<Reply> => {
    const found = findFrame(received);
    if (found.kind === 'more') return found;
    if (found.kind === 'damaged') {
      const reason = found.damage === 'checksum' ? 'crc_error' : 'malformed';
      return { kind: 'damaged', reason, detail: DAMAGE[found.damage] };
    }
    const { frame, start, end } = found;
    if (!matchesAddress(request.address, frame.address)) return { kind: 'stray', used: end, reason: 'wrong_address' };
    const judged = judgeReply(frame, request.control, judge);
    if (judged === 'reply') return { kind: 'frame', value: { frame, raw: received.slice(start, end) }, used: end };
    if (judged === 'stray') return { kind: 'stray', used: end, reason: 'no_answer' };
    return { kind: 'damaged', reason: 'malformed', detail: judged.malformed };
  };
}

const DAMAGE: Readonly<Record<FrameDamage, string>> = {
  second_start: 'second start byte missing',
  length: 'length above 200',
  checksum: 'checksum',
  end: 'end byte missing',
  address: 'address is not decimal',
};

function judgeReply(frame: Frame, asked: number, judge: Judge): ReturnType<Judge> {
  const { control, data } = frame;
  // Without bit 7 it is our own request, echoed by the converter; with another function, a late reply.
  if ((control & REPLY_BIT) === 0 || (control & FUNCTION_BITS) !== asked) return 'stray';
  if ((control & ERROR_BIT) === 0) return judge(frame);
  return data.length === 1 ? 'reply' : { malformed: `error reply of ${data.length} bytes` };
}

/** `seq` is the sequence number asked for, null for a frame that carries none. */
function judgeData(frame: Frame, { diBytes: length }: Edition, di: string, seq: number | null): ReturnType<Judge> {
  const answered = diText(frame.data, length);
  if (answered === null) return { malformed: `reply of ${frame.data.length} bytes has no data identifier` };
  if (answered !== di) return 'stray';
  if (seq === null) return 'reply';
  if (frame.data.length === length) return { malformed: 'follow-up frame without sequence number' };
  const got = frame.data.at(-1) ?? 0;
  if (got === seq) return 'reply';
  return got < seq ? 'stray' : { malformed: `follow-up frame ${got} instead of ${seq}` };
}

function deviceError({ frame, raw }: Reply): ReadError {
  const code = frame.data[0] ?? 0;
  const detail = `error ${code.toString(16).toUpperCase().padStart(2, '0')}`;
  if ((code & NO_SUCH_DATA) !== 0) return new ReadError('not_supported', detail, { next: 'skip', lastBytes: raw });
  return new ReadError('device_error', detail, { next: code === OTHER_ERROR ? 'retry' : 'skip', lastBytes: raw });
}
