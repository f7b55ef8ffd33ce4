import { describe, expect, it } from 'vitest';
import { QUALITIES, type Quality } from '#contract/quality.ts';
import type { Reason } from '#contract/reasons.ts';
import {
  buildGrid,
  dayStateOf,
  type Failure,
  type GridInput,
  type Mark,
  slotStateOf,
} from '#domain/collection/slot-grid.ts';
import { QUALITY_COUNTS } from '#domain/collection/slot-state.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { account, at, installation, meter, registry, task, ZONE } from '../site.ts';

const DATE = '2026-11-20';
const SLOT = at(DATE);
const meters = [meter('m1'), meter('m2')];
const index = new RegistryIndex(
  registry({
    accounts: [account('9', { status: 'closed' })],
    meters,
    installations: [installation('m1'), installation('m2', { account: '9' })],
  }),
);

function mark(quality: Quality = 'valid', readAt = SLOT + 1000, slot = SLOT): Mark {
  return { meter: 'm1', slot, readAt, quality };
}

function failure(reason: Reason, slot = SLOT): Failure {
  return { meter: 'm1', slot, at: slot + 5000, reason, detail: '', attempts: 1, lastBytes: '', final: false };
}

function grid(over: Partial<GridInput> = {}): ReturnType<typeof buildGrid> {
  return buildGrid({
    registry: index,
    meters,
    task: task('freeze-day'),
    zone: ZONE,
    date: DATE,
    now: at(DATE, '12:00'),
    marks: [],
    failures: [],
    ...over,
  });
}

describe('a day freeze', () => {
  const state = (over: Partial<GridInput>): unknown => slotStateOf(grid(over), 'm1', SLOT);

  it('is open until something is heard of it', () => {
    expect(state({})).toEqual({ state: 'open' });
  });

  it('is answered in the pass in which it was read', () => {
    expect(state({ marks: [mark()] })).toEqual({ state: 'answered', pass: 'first' });
    expect(state({ marks: [mark('valid', at(DATE, '06:00'))] })).toEqual({ state: 'answered', pass: 'retry' });
    expect(state({ marks: [mark('late', at('2026-11-21', '06:00'))] })).toEqual({ state: 'answered', pass: 'late' });
  });

  it('is suspect when nobody vouches for its value', () => {
    expect(state({ marks: [mark('suspect')] })).toEqual({ state: 'suspect' });
  });

  it('counts every quality in the one way that is written down', () => {
    for (const quality of QUALITIES) {
      const counted = state({ marks: [mark(quality)], failures: [failure('no_answer')] });
      const expected = { answered: 'answered', suspect: 'suspect', nothing: 'failed' }[QUALITY_COUNTS[quality]];
      expect(counted, quality).toMatchObject({ state: expected });
    }
  });

  it('has failed with its reason, until a value comes', () => {
    expect(state({ failures: [failure('crc_error')] })).toEqual({ state: 'failed', reason: 'crc_error' });
    expect(state({ failures: [failure('crc_error')], marks: [mark()] })).toEqual({ state: 'answered', pass: 'first' });
  });

  it('is not counted when it is excluded, whatever was reported', () => {
    const reported = { marks: [{ ...mark(), meter: 'm2' }], failures: [{ ...failure('no_answer'), meter: 'm2' }] };
    expect(slotStateOf(grid(reported), 'm2', SLOT)).toEqual({ state: 'excluded', reason: 'excluded_closed' });
  });

  it('is nobody’s when the meter or the slot is unknown', () => {
    const strangers = [{ ...mark(), meter: 'm9' }, mark('valid', SLOT, SLOT + 1)];
    expect(grid({ marks: strangers }).cells).toEqual(grid().cells);
    expect(slotStateOf(grid(), 'm9', SLOT)).toBeNull();
    expect(slotStateOf(grid(), 'm1', SLOT + 1)).toBeNull();
  });
});

describe('a collector that is offline', () => {
  const state = (now: number, collectorOffline?: (meter: string) => boolean): unknown =>
    slotStateOf(grid({ now, ...(collectorOffline ? { collectorOffline } : {}) }), 'm1', SLOT);

  it('is the reason of a slot that nobody reported in time', () => {
    expect(state(SLOT + 600_001, () => true)).toEqual({ state: 'failed', reason: 'collector_offline' });
  });

  it('is no reason before the answer was expected, while it is online, or for another’s meters', () => {
    expect(state(SLOT + 600_000, () => true)).toEqual({ state: 'open' });
    expect(state(SLOT + 600_001)).toEqual({ state: 'open' });
    expect(state(SLOT + 600_001, (id) => id !== 'm1')).toEqual({ state: 'open' });
  });

  it('is the reason as soon as the tolerance is over where the meter keeps no record', () => {
    const places = [meter('m1', { model: 'sdm120' })];
    const known = new RegistryIndex(registry({ meters: places, installations: [installation('m1')] }));
    const when = (now: number): unknown =>
      slotStateOf(grid({ registry: known, meters: places, now, collectorOffline: () => true }), 'm1', SLOT);
    expect(when(SLOT + 300_000)).toEqual({ state: 'open' });
    expect(when(SLOT + 300_001)).toEqual({ state: 'failed', reason: 'collector_offline' });
  });

  it('does not replace what was reported', () => {
    const reported = grid({ failures: [failure('no_answer')], collectorOffline: () => true });
    expect(slotStateOf(reported, 'm1', SLOT)).toEqual({ state: 'failed', reason: 'no_answer' });
  });
});

describe('a slot that is nobody’s due', () => {
  it('says whether the meter cannot give it or was not there', () => {
    const places = [meter('m1', { model: 'sdm120' }), meter('never')];
    const events = grid({ task: task('event'), meters: places, now: SLOT });
    expect(slotStateOf(events, 'm1', SLOT)).toEqual({ state: 'not_due' });
    expect(slotStateOf(grid({ meters: places }), 'never', SLOT)).toEqual({ state: 'not_installed' });
  });
});

describe('a grid of many meters and slots', () => {
  const ids = ['p', 'q', 'r'];
  const many = ids.map((id) => meter(id));
  const known = new RegistryIndex(registry({ meters: many, installations: ids.map((id) => installation(id)) }));
  const over = { registry: known, meters: many, task: task('profile'), now: at(DATE, '01:00') };
  const slots = grid(over).slots;

  it('keeps every report in its own cell', () => {
    for (const id of ids) {
      for (const slot of slots) {
        const marked = grid({ ...over, marks: [{ meter: id, slot, readAt: slot, quality: 'valid' }] });
        const answered = ids.flatMap((m) =>
          slots.filter((s) => slotStateOf(marked, m, s)?.state === 'answered').map((s) => [m, s]),
        );
        expect(answered).toEqual([[id, slot]]);
      }
    }
  });

  it('blames the collector for exactly the meters behind it, and only for slots that are late', () => {
    const blamed = grid({ ...over, collectorOffline: (id) => id === 'q' });
    const failed = ids.flatMap((m) =>
      slots.filter((s) => slotStateOf(blamed, m, s)?.state === 'failed').map((s) => [m, s]),
    );
    expect(failed).toEqual(slots.slice(0, -1).map((slot) => ['q', slot]));
  });
});

describe('the day of a profile', () => {
  const slot = (time: string): number => at(DATE, time);
  const day = (over: Partial<GridInput>, now = slot('00:45')): unknown =>
    dayStateOf(grid({ task: task('profile'), now, ...over }), 'm1');
  const marks = ['00:00', '00:15', '00:30', '00:45'].map((time) => mark('valid', slot(time) + 1000, slot(time)));

  it('has only the slots that have come', () => {
    expect(grid({ task: task('profile'), now: slot('00:45') }).slots).toHaveLength(4);
    expect(grid({ task: task('profile'), now: slot('00:45') - 1 }).slots).toHaveLength(3);
    expect(dayStateOf(grid({ now: SLOT - 1 }), 'm1')).toBeNull();
  });

  it('is answered when every slot is, in the latest pass that was needed', () => {
    expect(day({ marks })).toEqual({ state: 'answered', pass: 'first' });
    const late = mark('valid', at('2026-11-21', '08:00'), slot('00:15'));
    expect(day({ marks: marks.with(1, late) })).toEqual({ state: 'answered', pass: 'late' });
  });

  it('is failed by its newest failure, open by any open slot, suspect by any suspect one, in this order', () => {
    const failures = [failure('crc_error', slot('00:00')), failure('no_answer', slot('00:15'))];
    expect(day({ failures })).toEqual({ state: 'failed', reason: 'no_answer' });
    expect(day({ marks: marks.slice(1) })).toEqual({ state: 'open' });
    expect(day({ marks: marks.with(2, mark('suspect', slot('00:30'), slot('00:30'))) })).toEqual({ state: 'suspect' });
    expect(dayStateOf(grid({ task: task('profile') }), 'm2')).toEqual({ state: 'excluded', reason: 'excluded_closed' });
  });
});
