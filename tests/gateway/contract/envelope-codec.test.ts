import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EVENT_COLUMNS,
  MAX_ENVELOPE_BYTES,
  MAX_ENVELOPE_ROWS,
  OUTCOME_COLUMNS,
  READING_COLUMNS,
} from '#contract/envelope.ts';
import { type Decoded, decodeEnvelope, encodeEnvelope } from '#contract/envelope-codec.ts';
import { envelopes } from './envelope-arbitraries.ts';

const AT = Date.UTC(2026, 10, 20);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const head = { v: 1, epoch: 'e1', seq: 1, count: 1, oldest: 1, sentAt: AT };
const decode = (message: unknown): Decoded => decodeEnvelope(bytes(JSON.stringify(message)));

function why(message: unknown): string {
  const decoded = decode(message);
  return decoded.ok ? 'taken' : decoded.why;
}

/** The only reject of an envelope with this one row, or `taken`. */
function rowWhy(stream: 'reading' | 'outcome' | 'event', columns: readonly string[], row: readonly unknown[]): string {
  const decoded = decode({ ...head, batches: [{ stream, task: 't', columns, rows: [row] }] });
  if (!decoded.ok) throw new Error(decoded.why);
  return decoded.envelope.rejects[0]?.why ?? 'taken';
}

describe('an envelope', () => {
  it('reads back as it was written', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        expect(decodeEnvelope(bytes(encodeEnvelope(envelope)))).toEqual({
          ok: true,
          envelope: { ...envelope, rejects: [] },
        });
      }),
      { numRuns: 200 },
    );
  });

  it('says which job asked for a batch, and of what the schedule asked for says nothing', () => {
    const batch = { stream: 'outcome', task: 'on-demand', columns: OUTCOME_COLUMNS, rows: [] };
    const decoded = decode({ ...head, batches: [batch, { ...batch, job: 'j-1' }] });
    expect(decoded).toMatchObject({ ok: true, envelope: { batches: [{ task: 'on-demand' }, { job: 'j-1' }] } });
    expect(decoded.ok && decoded.envelope.batches.map((each) => 'job' in each)).toEqual([false, true]);
    expect(why({ ...head, batches: [{ ...batch, job: 'no id' }] })).toContain('/batches/0/job');
  });

  it('that was damaged on the way is refused or read, but never thrown at the caller', () => {
    fc.assert(
      fc.property(envelopes, fc.nat(), fc.nat(255), fc.boolean(), (envelope, place, byte, cut) => {
        const damaged = bytes(encodeEnvelope(envelope));
        const at = place % damaged.length;
        damaged[at] = byte;
        const decoded = decodeEnvelope(cut ? damaged.subarray(0, at) : damaged);
        if (cut) expect(decoded.ok).toBe(false);
        if (!decoded.ok) expect(decoded.why).not.toBe('');
      }),
      { numRuns: 200 },
    );
  });

  it('of any JSON is refused with a reason or has the shape that was promised', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const decoded = decode({ ...head, batches: value });
        expect(decoded.ok ? Array.isArray(decoded.envelope.batches) : decoded.why.length > 0).toBe(true);
        expect(decode(value).ok).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('accounts for every row that stands in it: taken or rejected, none lost', () => {
    const cell = fc.oneof(fc.jsonValue({ maxDepth: 0 }), fc.constant(AT), fc.constant('m1'), fc.constant(null));
    const rows = fc.array(
      fc.oneof(fc.array(cell, { maxLength: 6 }), fc.tuple(fc.constant('m1'), cell, cell, cell, cell)),
    );
    fc.assert(
      fc.property(rows, (list) => {
        const columns = [...READING_COLUMNS, 'energy_import_wh'];
        const decoded = decode({ ...head, batches: [{ stream: 'reading', task: 't', columns, rows: list }] });
        if (!decoded.ok) throw new Error(decoded.why);
        const taken = decoded.envelope.batches.reduce((sum, batch) => sum + batch.rows.length, 0);
        expect(taken + decoded.envelope.rejects.length).toBe(list.length);
      }),
    );
  });
});

describe('an envelope is refused whole', () => {
  it('when it is no JSON, no UTF-8 or too long', () => {
    expect(decodeEnvelope(bytes('{'))).toMatchObject({ ok: false, why: expect.stringContaining('not JSON') });
    const row = ['m', AT, AT, 'no_answer', '?', 1, '', true];
    const batches = [{ stream: 'outcome', task: 't', columns: OUTCOME_COLUMNS, rows: [row] }];
    const torn = bytes(JSON.stringify({ ...head, batches }));
    expect(decodeEnvelope(torn).ok).toBe(true);
    torn[torn.indexOf('?'.charCodeAt(0))] = 0xff;
    expect(decodeEnvelope(torn)).toMatchObject({ ok: false, why: expect.stringContaining('not JSON') });
    const padded = (length: number): Decoded =>
      decodeEnvelope(bytes(JSON.stringify({ ...head, batches: [] }).padEnd(length, ' ')));
    expect(padded(MAX_ENVELOPE_BYTES).ok).toBe(true);
    expect(padded(MAX_ENVELOPE_BYTES + 1).ok).toBe(false);
  });

  it('when a cell is nested, however deep', () => {
    const cells = (cell: string): Decoded =>
      decodeEnvelope(
        bytes(
          JSON.stringify({
            ...head,
            batches: [{ stream: 'event', task: 't', columns: EVENT_COLUMNS, rows: [['?']] }],
          }).replace('"?"', cell),
        ),
      );
    expect(cells('"m"').ok).toBe(true);
    for (const cell of ['[]', '{"a":1}', `${'['.repeat(60_000)}${']'.repeat(60_000)}`]) {
      expect(cells(cell)).toMatchObject({ ok: false, why: expect.stringContaining('/batches/0/rows/0/0') });
    }
  });

  it('when its head is incomplete or of another version', () => {
    expect(why({ ...head, batches: [] })).toBe('taken');
    for (const key of Object.keys(head)) expect(why({ ...head, [key]: undefined, batches: [] }), key).not.toBe('taken');
    expect(why({ ...head, v: 2, batches: [] })).toContain('/v');
    expect(why({ ...head, seq: 0, batches: [] })).toContain('/seq');
    expect(why({ ...head, epoch: 'a/b', batches: [] })).toContain('/epoch');
  });

  it('when it has more rows than allowed, even spread over its batches', () => {
    const batch = (rows: number): object => ({
      stream: 'event',
      task: 't',
      columns: EVENT_COLUMNS,
      rows: Array.from({ length: rows }, () => ['m', 'power_down', AT, null, AT]),
    });
    expect(why({ ...head, batches: [batch(250), batch(MAX_ENVELOPE_ROWS - 250)] })).toBe('taken');
    expect(why({ ...head, batches: [batch(250), batch(MAX_ENVELOPE_ROWS - 249)] })).toContain('at most 500');
  });

  it('when columns are missing, in another order, unknown or doubled', () => {
    const batch = (stream: string, columns: readonly string[]): string =>
      why({ ...head, batches: [{ stream, task: 't', columns, rows: [] }] });
    expect(batch('reading', READING_COLUMNS)).toBe('taken');
    expect(batch('reading', ['slot', 'meter', 'meterTime', 'readAt'])).toContain('must begin with');
    expect(batch('reading', [...READING_COLUMNS, 'volts'])).toContain('volts');
    expect(batch('reading', [...READING_COLUMNS, 'relay_open', 'relay_open'])).toContain('twice');
    expect(batch('outcome', OUTCOME_COLUMNS.slice(1))).toContain('must begin with');
    expect(batch('event', [...EVENT_COLUMNS, 'energy_import_wh'])).toContain('no column');
    expect(batch('gossip', READING_COLUMNS)).not.toBe('taken');
  });
});

describe('a row is rejected alone', () => {
  const reading = (name: string, value: unknown): string =>
    rowWhy('reading', [...READING_COLUMNS, name], ['m', AT, null, AT, value]);

  it('when a value does not fit its quantity', () => {
    for (const value of [0, 123, 1e12, null]) expect(reading('energy_import_wh', value)).toBe('taken');
    for (const value of [-1, 1.5, '7', true, 1e13]) expect(reading('energy_import_wh', value)).not.toBe('taken');
    expect(reading('energy_reactive_import_varh', -12_340)).toBe('taken');
    expect(reading('energy_reactive_q1_varh', -1)).toContain('below 0');
    expect(reading('energy_reactive_export_varh', -1.5)).toContain('no whole number');
    expect(reading('relay_open', 1)).toBe('taken');
    expect(reading('relay_open', 2)).toContain('neither 0 nor 1');
    expect(reading('status_word_3', 0xffff)).toBe('taken');
    expect(reading('status_word_3', 0x10000)).toContain('no word of 16 bits');
    expect(reading('status_word_3', 0.5)).toContain('no word of 16 bits');
    expect(reading('power_active_total_w', -5.5)).toBe('taken');
    expect(reading('power_active_total_w', 1e13)).toContain('out of range');
    expect(reading('demand_import_max_at', AT)).toBe('taken');
    expect(reading('demand_import_max_at', 17)).toContain('no instant');
  });

  it('when an instant lies outside 2000 to 2100, or the meter is no id', () => {
    const row = (cells: readonly unknown[]): string => rowWhy('reading', READING_COLUMNS, cells);
    expect(row(['m', AT, AT, AT])).toBe('taken');
    expect(row(['m/1', AT, AT, AT])).toContain('meter');
    expect(row(['m', 1000, AT, AT])).toContain('slot');
    expect(row(['m', AT, 4_102_444_800_001, AT])).toContain('meterTime');
    expect(row(['m', AT, AT, AT + 0.5])).toContain('readAt');
    expect(row(['m', AT, AT])).toContain('3 cells');
  });

  it('when an outcome or an event contradicts itself', () => {
    const outcome = ['m', AT, AT, 'no_answer', '', 1, 'FF', true];
    const changed = (at: number, cell: unknown): string =>
      rowWhy('outcome', OUTCOME_COLUMNS, outcome.with(at, cell as never));
    expect(rowWhy('outcome', OUTCOME_COLUMNS, outcome)).toBe('taken');
    expect(changed(3, 'bored')).toContain('bored');
    expect(changed(4, 'x'.repeat(201))).toContain('detail');
    expect([changed(1, 7), changed(2, 7)]).toEqual(Array(2).fill('slot or at is no instant'));
    expect(changed(4, 'x'.repeat(200))).toBe('taken');
    expect(changed(5, 0)).toBe('taken');
    expect([changed(5, -1), changed(5, 1.5), changed(5, '1'), changed(5, 1e17)]).toEqual(
      Array(4).fill('attempts is no count'),
    );
    expect(changed(6, 'ff')).toContain('lastBytes');
    expect(changed(7, 1)).toContain('final');
    const event = (end: unknown): string => rowWhy('event', EVENT_COLUMNS, ['m', 'power_down', AT, end, AT]);
    expect([event(null), event(AT)]).toEqual(['taken', 'taken']);
    expect(event(AT - 1)).toContain('before start');
    expect(event('soon')).toContain('no instant');
    expect(rowWhy('event', EVENT_COLUMNS, ['m', 'power_down', 7, null, AT])).toContain('no instant');
    expect(rowWhy('event', EVENT_COLUMNS, ['m', 'power_down', AT, null, 7])).toContain('no instant');
    expect(rowWhy('event', EVENT_COLUMNS, ['m', 'party', AT, null, AT])).toContain('party');
  });
});
