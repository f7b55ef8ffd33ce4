import { timeBytes } from '../dlt645/bcd.ts';
import { dateTimeS, NOTHING } from '../dlt698/data.ts';
import { encodeLink, CONTROL as LINK, USER_DATA } from '../dlt698/frame.ts';
import { F1 } from '../gdw376/forward.ts';
import { CONTROL, encodePacket, SEQ } from '../gdw376/packet.ts';
import type { SimMeter } from '../world/meter.ts';
import { type FieldLine, terminalOf } from './field-line.ts';

/** An interruption that somebody on a line has not told yet. */
interface News {
  readonly key: string;
  /** Null: the terminal's own. */
  readonly meter: SimMeter | null;
  readonly startMs: number;
  /** Null in a last breath. */
  readonly endMs: number | null;
}

/** A meter's module lives this long without power, ms. */
const METER_HOLD_MS = 20_000;
/** Rows in one report. */
const MOST_ROWS = 20;

/**
 * What the terminal of a line tells unasked: its own interruptions, as a last breath and afterwards with both times, and
 * on DL/T 698.45 lines those of the meters behind it. Each is told once; nothing that was over before it went on the air.
 */
export class SupplyNews {
  readonly #line: FieldLine;
  readonly #since: number;
  readonly #told = new Set<string>();
  #counter = 0;

  constructor(line: FieldLine) {
    this.#line = line;
    this.#since = line.clock.now();
  }

  /** Frames that are due now; the line must be open, for they count as told. */
  take(): Uint8Array[] {
    const now = this.#line.clock.now();
    const news = [...this.#ofTerminal(now), ...this.#ofMeters(now)].filter(({ key }) => !this.#told.has(key));
    for (const { key } of news) this.#told.add(key);
    return this.#is698 ? this.#reports(news) : news.map((each) => this.#event(each));
  }

  get #is698(): boolean {
    return this.#line.spec.kind === 'dlt698-dial-in';
  }

  #ofTerminal(now: number): News[] {
    const power = this.#line.world.terminalPower(this.#line.spec.id);
    const begun = (power?.darks ?? []).filter(({ fromMs }) => fromMs <= now);
    return begun.flatMap(({ fromMs, untilMs, gasps }) =>
      this.#newsOf(
        null,
        { startMs: fromMs, endMs: untilMs !== null && untilMs <= now ? untilMs : null },
        () => gasps && (power?.isGasping(now) ?? false),
      ),
    );
  }

  #ofMeters(now: number): News[] {
    if (!this.#is698) return [];
    return this.#line.meters.flatMap((meter) => {
      const [last] = meter.powerDowns(now);
      const mute = meter.faults.some(({ kind, params }) => kind === 'no-power' && params.gasp === false);
      return last ? this.#newsOf(meter, last, () => !mute && now - last.startMs < METER_HOLD_MS) : [];
    });
  }

  #newsOf(
    meter: SimMeter | null,
    { startMs, endMs }: { readonly startMs: number; readonly endMs: number | null },
    gasps: () => boolean,
  ): News[] {
    const who = meter?.spec.id ?? 'terminal';
    if (endMs === null) return gasps() ? [{ key: `${who} ${startMs} off`, meter, startMs, endMs }] : [];
    return endMs >= this.#since ? [{ key: `${who} ${startMs} on`, meter, startMs, endMs }] : [];
  }

  /** AFN 0E F1 with one ERC 14; an absent time is EE in every byte. */
  #event({ startMs, endMs }: News): Uint8Array {
    const before = this.#counter;
    this.#counter = (before + 1) & 0xff;
    const end = endMs === null ? new Array<number>(5).fill(0xee) : timeBytes(endMs, 'mhDMY');
    const record = [14, 10, ...timeBytes(startMs, 'mhDMY'), ...end];
    return encodePacket({
      control: CONTROL.up | CONTROL.asks | 4,
      terminal: terminalOf(this.#line).address,
      master: 0,
      afn: 0x0e,
      seq: SEQ.first | SEQ.last | SEQ.confirm | (this.#counter & SEQ.number),
      data: Uint8Array.from([...F1, this.#counter, 0, before, this.#counter, ...record]),
    });
  }

  #reports(news: readonly News[]): Uint8Array[] {
    const own = news.filter(({ meter }) => meter === null);
    const meters = news.filter(({ meter }) => meter !== null);
    const chunks = Array.from({ length: Math.ceil(meters.length / MOST_ROWS) }, (_, n) =>
      meters.slice(n * MOST_ROWS, (n + 1) * MOST_ROWS),
    );
    return [...own.map((each) => [each]), ...chunks].map((rows) => this.#report(rows));
  }

  /** REPORT 88 02 of one record: 3106 of the terminal, 3011 of meters that it names. */
  #report(rows: readonly News[]): Uint8Array {
    const isOwn = rows[0]?.meter === null;
    const columns = [...(isOwn ? [] : [TARGET]), START, END];
    const oad = isOwn ? [0x31, 0x06, 0x02, 0x00] : [0x30, 0x11, 0x02, 0x00];
    const head = [...oad, columns.length, ...columns.flatMap((column) => [0, ...column]), 1, rows.length];
    this.#counter = (this.#counter + 1) & 0x3f;
    return encodeLink({
      control: LINK.fromServer | USER_DATA,
      addressType: 0,
      address: terminalOf(this.#line).address,
      client: 0,
      body: Uint8Array.from([0x88, 2, this.#counter, 1, ...head, ...rows.flatMap(rowOf), 0, 0]),
    });
  }
}

const TARGET = [0x20, 0x2a, 0x02, 0x00];
const START = [0x20, 0x1e, 0x02, 0x00];
const END = [0x20, 0x20, 0x02, 0x00];

function rowOf({ meter, startMs, endMs }: News): number[] {
  const digits = meter?.spec.address.padStart(12, '0') ?? '';
  const target = meter ? [0x55, 7, 5, ...Buffer.from(digits, 'hex')] : [];
  return [...target, ...dateTimeS(startMs), ...(endMs === null ? NOTHING : dateTimeS(endMs))];
}
