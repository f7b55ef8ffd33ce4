import { beforeEach, describe, expect, it } from 'vitest';
import { decodeEnvelope, encodeWire } from '#contract/envelope-codec.ts';
import type { Answer } from '../../../collector/protocols/meter-reader.ts';
import { type Attempted, type DueRead, dueKey } from '../../../collector/schedule/due-read.ts';
import { type DayProgress, Progress } from '../../../collector/schedule/progress.ts';
import { Results } from '../../../collector/schedule/results.ts';
import { batchesOf, type SpoolRecord } from '../../../collector/spool/record.ts';
import { settle } from '../../support/manual-clock.ts';
import { at, planMeter, task, ZONE } from '../../support/plan.ts';

const SLOT = at('2026-11-20', '10:15:00');
const NOW = at('2026-11-20', '10:16:00');
const read: DueRead = { meter: planMeter('m1'), task: task('profile'), slot: SLOT, priority: 'profile' };
const silent: Attempted = { attempts: 2, reason: 'no_answer', detail: 'timeout', lastBytes: '68AA', at: NOW };
const answer: Answer = {
  meterTime: SLOT,
  readAt: NOW,
  values: new Map([
    ['energy_import_wh', 123_450],
    ['voltage_a_v', null],
  ]),
  events: [],
};

let records: SpoolRecord[];
let days: DayProgress[];
let fault: Error | null;
let room: Promise<void>;
let lost: unknown[];
let progress: Progress;
let results: Results;

beforeEach(() => {
  records = [];
  days = [];
  fault = null;
  room = Promise.resolve();
  lost = [];
  progress = new Progress(ZONE, []);
  const sink = {
    append: async (added: readonly SpoolRecord[], settled: readonly DayProgress[]): Promise<void> => {
      if (fault) throw fault;
      records.push(...added);
      days.push(...settled);
    },
    room: () => room,
  };
  results = new Results(sink, progress, (error) => lost.push(error));
});

/** The records as the centre would take them. */
function received() {
  const header = { epoch: 'e', seq: 1, count: records.length, oldest: 1, sentAt: NOW };
  const decoded = decodeEnvelope(Buffer.from(encodeWire(header, batchesOf(records))));
  if (!decoded.ok) throw new Error(decoded.why);
  expect(decoded.envelope.rejects).toEqual([]);
  return decoded.envelope.batches;
}

describe('an answer', () => {
  it('becomes a reading, and its slot is settled in the same append', async () => {
    await results.answered(read, answer);
    expect(received()).toEqual([
      {
        stream: 'reading',
        task: 'profile',
        quantities: ['energy_import_wh', 'voltage_a_v'],
        rows: [{ meter: 'm1', slot: SLOT, meterTime: SLOT, readAt: NOW, values: [123_450, null] }],
      },
    ]);
    expect(progress.isSettled(read.task, 'm1', SLOT)).toBe(true);
    expect(new Progress(ZONE, days).isSettled(read.task, 'm1', SLOT)).toBe(true);
    expect(results.counts).toEqual({ answered: 1, failed: 0 });
  });

  it('brings the events of the meter along', async () => {
    const event = { meter: 'm1', kind: 'power_down', start: SLOT - 60_000, end: SLOT, readAt: NOW } as const;
    await results.answered({ ...read, task: task('event') }, { ...answer, values: new Map(), events: [event] });
    expect(received()).toEqual([
      expect.objectContaining({ stream: 'reading', task: 'event', quantities: [] }),
      { stream: 'event', task: 'event', rows: [event] },
    ]);
  });
});

describe('a failure', () => {
  it('that will be tried again is told once for each new reason, and settles nothing', async () => {
    await results.failedForNow(read, silent, null);
    await results.failedForNow(read, { ...silent, attempts: 3 }, silent);
    await results.failedForNow(read, { ...silent, reason: 'crc_error' }, silent);
    const [batch] = received();
    expect(batch?.rows).toEqual([
      expect.objectContaining({ reason: 'no_answer', attempts: 2, final: false, lastBytes: '68AA', at: NOW }),
      expect.objectContaining({ reason: 'crc_error', final: false }),
    ]);
    expect(days).toEqual([]);
    expect(progress.isSettled(read.task, 'm1', SLOT)).toBe(false);
    expect(results.counts).toEqual({ answered: 0, failed: 0 });
  });

  it('of a slot that is given up is final and settles it', async () => {
    await results.gaveUp(read, silent);
    const untried = { attempts: 0, reason: 'skipped_breaker', detail: '', lastBytes: '', at: NOW + 1 } as const;
    await results.gaveUp({ ...read, slot: SLOT + 900_000 }, untried);
    const [batch] = received();
    expect(batch?.rows).toEqual([
      { meter: 'm1', slot: SLOT, ...silent, final: true },
      expect.objectContaining({
        slot: SLOT + 900_000,
        reason: 'skipped_breaker',
        attempts: 0,
        at: NOW + 1,
        final: true,
      }),
    ]);
    expect(progress.isSettled(read.task, 'm1', SLOT)).toBe(true);
    expect(progress.isSettled(read.task, 'm1', SLOT + 900_000)).toBe(true);
    expect(results.counts).toEqual({ answered: 0, failed: 2 });
  });

  it('is taken by the centre however long its detail is', async () => {
    await results.failedForNow(read, { ...silent, detail: 'x'.repeat(1000) }, null);
    const [batch] = received();
    expect(batch?.rows).toHaveLength(1);
  });
});

describe('the disk', () => {
  it('that has no room makes the line wait', async () => {
    let free = (): void => {};
    room = new Promise((resolve) => {
      free = resolve;
    });
    let done = false;
    const waiting = results.answered(read, answer).then(() => {
      done = true;
    });
    await settle();
    expect(done).toBe(false);
    free();
    await waiting;
    expect(done).toBe(true);
  });

  it('that refuses a result has the process told: it must not go on as if the slot were settled', async () => {
    fault = new Error('database or disk is full');
    await results.answered(read, answer);
    await settle();
    expect(lost).toEqual([fault]);
    expect(records).toEqual([]);
  });
});

it('the key of a due read tells task, meter and slot apart', () => {
  const keys = [dueKey('a', 'b', 1), dueKey('a', 'b', 2), dueKey('a', 'c', 1), dueKey('c', 'b', 1)];
  expect(new Set(keys).size).toBe(keys.length);
});
