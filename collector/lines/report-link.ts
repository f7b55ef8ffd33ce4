import type { Cancel, Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import { findFrame as findMeterFrame } from '../protocols/dlt645/frame.ts';
import { isSameServer, meterAddress } from '../protocols/dlt698/address.ts';
import { crc16X25 } from '../protocols/dlt698/crc16.ts';
import { type Frame, findFrame, placesOf, u16 } from '../protocols/dlt698/frame.ts';
import {
  encodeReportConfirm,
  isReportFrame,
  REPORT_BITS,
  REPORT_CONTROL,
  readReport,
  supplyEventsOf,
} from '../protocols/dlt698/report.ts';
import type { SupplyListener } from '../protocols/supply-event.ts';
import { LinkTalkFilter } from './dial-in-listener-recognise.ts';
import type { Link } from './link.ts';
import { ReadError } from './read-error.ts';

/** Until a report's head is whole, this much silence shows that it was none; shorter than the gaps that replies may have. */
const HELD_MS = 50;

interface ReportLinkParts {
  /** The connection to the terminal, or to the meters. */
  readonly inner: Link;
  /** 12 digits of the terminal, where the line knows it: nobody else speaks for it. */
  readonly terminal: string | null;
  readonly listener: SupplyListener;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A report with the place after its last byte; null when it is damaged. */
interface FoundReport {
  readonly end: number;
  readonly frame: Frame | null;
}

/**
 * A DL/T 698.45 line whose servers speak unasked: reports are taken out of the stream, told, and confirmed once they are
 * on disk. A report that cannot be read is dropped, not confirmed, and told in the log; whatever else comes goes on
 * unchanged, so that a report between a request and its reply does no harm.
 */
export class ReportLink implements Link {
  readonly name: string;
  readonly bitRate: number | null;
  readonly #parts: ReportLinkParts;
  readonly #filter = new LinkTalkFilter<FoundReport>([findReport]);
  #onData: (bytes: Uint8Array) => void = () => {};
  #cancelLetGo: Cancel = () => {};

  constructor(parts: ReportLinkParts) {
    this.name = parts.inner.name;
    this.bitRate = parts.inner.bitRate;
    this.#parts = parts;
    parts.inner.onDown(() => {
      this.#cancelLetGo();
      this.#filter.reset();
    });
    parts.inner.onData((bytes) => this.#push(bytes));
  }

  get isOpen(): boolean {
    return this.#parts.inner.isOpen;
  }

  open(signal: AbortSignal): Promise<void> {
    return this.#parts.inner.open(signal);
  }

  close(): Promise<void> {
    return this.#parts.inner.close();
  }

  write(bytes: Uint8Array): void {
    this.#parts.inner.write(bytes);
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#onData = listener;
  }

  onDown(listener: (why: string) => void): void {
    this.#parts.inner.onDown(listener);
  }

  #push(bytes: Uint8Array): void {
    const { clock } = this.#parts;
    this.#cancelLetGo();
    const { talks, rest } = this.#filter.push(bytes, clock.mono());
    for (const { frame } of talks) this.#take(frame);
    if (rest.length > 0) this.#onData(rest);
    const { held } = this.#filter;
    if (held.length > 0 && !isProven(held)) {
      this.#cancelLetGo = clock.after(`held of ${this.name}`, HELD_MS, () => this.#letGo());
    }
  }

  /** What looked like the beginning of a report is the end of a reply, which somebody waits for. */
  #letGo(): void {
    const { held } = this.#filter;
    this.#filter.reset();
    this.#onData(held);
  }

  #take(frame: Frame | null): void {
    const { terminal, listener } = this.#parts;
    if (frame === null) {
      this.#drop('damaged', null);
      return;
    }
    try {
      const report = readReport(frame.apdu);
      const events = supplyEventsOf(report, frame.address.text, listener.zone);
      if (events.some(({ meter }) => meter === null) && !isFrom(terminal, frame)) {
        this.#drop('it speaks for another terminal', frame);
        return;
      }
      const confirm = encodeReportConfirm(frame, report);
      listener.tell(events).then(
        () => this.#answer(confirm),
        () => {},
      );
    } catch (error) {
      if (!(error instanceof ReadError || error instanceof MeterwayError)) throw error;
      this.#drop(error.message, frame);
    }
  }

  /** Who has hung up meanwhile reports again. */
  #answer(confirm: Uint8Array): void {
    if (this.#parts.inner.isOpen) this.#parts.inner.write(confirm);
  }

  #drop(why: string, frame: Frame | null): void {
    this.#parts.logger.warn({ link: this.name, from: frame?.address.text, why }, 'a report is of no use');
  }
}

function isFrom(terminal: string | null, { address }: Frame): boolean {
  return terminal === null || isSameServer(meterAddress(terminal), address);
}

/** Bytes before the address. */
const LENGTH_AND_FLAG = 4;

/** Whether the bytes hold the whole head of a frame, with a right sum. */
function isProven(bytes: Uint8Array): boolean {
  if (bytes.length <= LENGTH_AND_FLAG) return false;
  const { headEnd, dataAt } = placesOf(bytes, 0);
  return bytes.length >= dataAt && crc16X25(bytes, 1, headEnd) === u16(bytes, headEnd);
}

const END = 0x16;
/** Longest frame, in the high byte of its length: with it the end of another frame (68 16, 68 xx 16) is told at once. */
const MOST_HIGH = 0x0f;

/**
 * Looks at the bytes from `at`, which is a 68, as `Find` does. Once the sum of its head is right, a report is worth waiting
 * for. Inside another sound frame there is none, whatever its values look like.
 */
function findReport(bytes: Uint8Array, at: number): FoundReport | 'more' | number | null {
  const here = bytes.subarray(at);
  const isReport = mayBeReport(here);
  if (isReport === null) return 'more';
  const other = otherFrameEnd(here);
  if (other !== null) return at + other;
  if (!isReport) return null;
  const { headEnd, dataAt, sumAt, end } = placesOf(here, 0);
  if (sumAt < dataAt) return null;
  if (here.length < dataAt) return 'more';
  if (crc16X25(here, 1, headEnd) !== u16(here, headEnd)) return null;
  if (here.length < end) return 'more';
  const found = findFrame(here.subarray(0, end));
  return { end: at + end, frame: found.kind === 'frame' && found.start === 0 ? found.frame : null };
}

/** By length and control byte; null while those that came so far allow no answer. */
function mayBeReport([, low, high, control]: Uint8Array): boolean | null {
  if (low === undefined) return null;
  if (high === undefined) return low === END ? false : null;
  if (high > MOST_HIGH) return false;
  return control === undefined ? null : (control & REPORT_BITS) === REPORT_CONTROL;
}

/** Where the sound frame that begins here ends, if it is no report: DL/T 645, or 698.45 of another kind. */
function otherFrameEnd(bytes: Uint8Array): number | null {
  const meter = findMeterFrame(bytes);
  if (meter.kind === 'frame' && meter.start === 0) return meter.end;
  const found = findFrame(bytes);
  return found.kind === 'frame' && found.start === 0 && !isReportFrame(found.frame) ? found.end : null;
}
