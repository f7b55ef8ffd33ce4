import { EVENT_COLUMNS, READING_COLUMNS } from '#contract/envelope.ts';

/** A message that is wrong, and what the centre has to say of it. */
export interface Poison {
  readonly what: string;
  readonly bytes: Buffer;
  /** `kind: why` of what is set aside of it; null when it can be taken after all and changes nothing. */
  readonly setAside: RegExp | null;
}

const COLUMNS = [...READING_COLUMNS, 'energy_import_wh'];
const DEEP = 50_000;

/**
 * Messages that nobody should send. `meter` is one that the collector reads, `now` the time in the field. None of them
 * bears the epoch of a collector, so none of them accounts for its records.
 */
export function poisonFor(meter: string, now: number): Poison[] {
  let seq = 0;
  const slot = now - (now % 900_000) - 900_000;
  const text = (row: string, columns: readonly string[] = COLUMNS, over: object = {}): string => {
    seq += 10;
    const batch = { stream: 'reading', task: 'profile', columns, rows: ['ROW'] };
    const header = { v: 1, epoch: 'poison', seq, count: 1, oldest: 1, sentAt: now, batches: [batch], ...over };
    return JSON.stringify(header).replace('"ROW"', row);
  };
  const row = (value: string, at = slot, id = meter): string => `["${id}",${at},null,${now},${value}]`;
  const good = text(row('1000'));
  const all: [what: string, content: string | Buffer, setAside: RegExp][] = [
    ['no JSON at all', 'this is no envelope', /^envelope: not JSON/],
    ['nothing', '', /^envelope: not JSON/],
    ['an envelope that is cut off', good.slice(0, good.length / 2), /^envelope: not JSON/],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d]), /^envelope: not JSON/],
    ['900 kB', text(row('1'), COLUMNS, { pad: 'x'.repeat(900_000) }), /^envelope: 900\d+ bytes/],
    ['another version', text(row('1'), COLUMNS, { v: 2 }), /^envelope: /],
    ['no batches', text(row('1'), COLUMNS, { batches: null }), /^envelope: /],
    ['a bare array', '[1,2,3]', /^envelope: /],
    ['a null', 'null', /^envelope: /],
    ['a row nested deep', text(`["${meter}",${'['.repeat(DEEP)}${']'.repeat(DEEP)}]`), /^envelope: /],
    ['brackets nested deeper than an envelope may be long', '['.repeat(2 * DEEP) + ']'.repeat(2 * DEEP), /^envelope: /],
    ['NaN', text(row('NaN')), /^envelope: not JSON/],
    ['a number beyond all', text(row('1e400')), /^(envelope|row): /],
    ['a counter below 0', text(row('-1')), /^row: energy_import_wh is below 0/],
    ['a row that is too short', text(`["${meter}",${slot}]`), /^row: 2 cells; 5 columns/],
    ['an unknown quantity', text(row('1'), [...READING_COLUMNS, 'constructor']), /^envelope: no quantity/],
    ['an unknown task', text(row('1')).replace('"profile"', '"__proto__"'), /^unknown_task: /],
    ['an unknown meter', text(row('1', slot, '__proto__')), /^unknown_meter: /],
    ['columns of another stream', text(row('1'), [...EVENT_COLUMNS]), /^envelope: columns of stream reading/],
    ['a slot of tomorrow', text(row('1', slot + 86_400_000)), /^future: \d+ s ahead of the clock of the centre/],
    ['a slot of before the meter was there', text(row('1', Date.UTC(2003, 0, 1))), /^before_installation: /],
    ['more records than can be counted', text(row('1'), COLUMNS, { seq: 2 ** 53 - 1, count: 9 }), /^envelope: /],
    ['keys of prototypes', `{"__proto__":{"v":1},"constructor":{"prototype":{"polluted":true}}}`, /^envelope: /],
  ];
  return all.map(([what, content, setAside]) => ({ what, bytes: Buffer.from(content), setAside }));
}
