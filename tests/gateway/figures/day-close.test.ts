import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyDay } from '#domain/collection/day-columns.ts';
import { answeredCode, CLASS_CODES, failedCode, OPEN } from '#domain/collection/slot-state.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { closingTime, DayClose, reportedCells } from '../../../gateway/figures/day-close.ts';
import { Keeper } from '../../../gateway/figures/keeper.ts';
import type { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { at, DAY_MS, installation, meter, registry, task, ZONE } from '../domain/site.ts';
import { FiguresWorld, failure, type Row } from './figures-world.ts';

const MIDNIGHT = { dayCloseAt: '24:00' };

describe('the moment at which a day is closed', () => {
  const slot = at('2026-11-20');

  it('is the next midnight for 24:00, and the time of the day itself for an earlier one', () => {
    expect(closingTime(ZONE, '2026-11-20', slot, '24:00')).toBe(at('2026-11-21'));
    expect(closingTime(ZONE, '2026-11-20', slot, '08:30')).toBe(at('2026-11-20', '08:30'));
  });

  it('is the next midnight when the time lies before the slot', () => {
    expect(closingTime(ZONE, '2026-11-20', at('2026-11-20', '18:00'), '08:30')).toBe(at('2026-11-21'));
    expect(closingTime(ZONE, '2026-11-20', slot, '00:00')).toBe(at('2026-11-21'));
  });

  it('follows the clock through a day of 25 hours', () => {
    const zone = 'Europe/Berlin';
    const start = at('2026-10-25', '00:00', zone);
    expect(closingTime(zone, '2026-10-25', start, '24:00') - start).toBe(25 * 3_600_000);
  });
});

describe('what is reported of a meter', () => {
  it('is its state, and the offline collector where nothing was heard because of it', () => {
    const day = emptyDay('freeze-day', '2026-11-20', at('2026-11-20'), 5);
    day.class.fill(OPEN, 0, 4);
    day.class[3] = CLASS_CODES.excluded_manual;
    day.fact[0] = answeredCode('late');
    day.fact[1] = failedCode('crc_error');
    const blamed = (row: number): boolean => row !== 2;
    const cells = [answeredCode('late'), failedCode('crc_error'), OPEN, CLASS_CODES.excluded_manual];
    expect([...reportedCells(day, blamed)]).toEqual([...cells, CLASS_CODES.not_due]);
    expect(reportedCells(day, () => true)[2]).toBe(failedCode('collector_offline'));
    expect(reportedCells(day, null)[2]).toBe(OPEN);
  });
});

describe('the day close', () => {
  const freeze = task('freeze-day');
  let folder: string;
  let world: FiguresWorld;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'meterway-close-'));
    const meters = ['m1', 'm2', 'm3'].map((id) => meter(id));
    const site = registry({ meters, installations: meters.map(({ id }) => installation(id)), tasks: [freeze] });
    world = await FiguresWorld.open(folder, site, at('2026-11-20', '23:00'));
  });
  afterAll(async () => {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const keeperOf = (): Keeper =>
    new Keeper({
      ...{ state: world.state, readings: world.readings, figures: world.figures, clock: world.clock },
      ...{ logger: quietLogger(), settings: { keepFiguresDays: 20 }, followers: [], takers: [] },
    });
  const closeOf = (keeper: Keeper, settings = MIDNIGHT): DayClose =>
    new DayClose({ keeper: () => keeper, state: world.state, settings, clock: world.clock, logger: quietLogger() });
  const row = (id: string, date: string, readAt: number): Row => ({
    ...{ meter: id, slot: at(date), readAt, quality: 'valid', importWh: 5, exportWh: null },
  });
  const reported = async (date: string): Promise<string[] | null> => {
    const report = await world.state.dayReports.get('freeze-day', date);
    return report && [...report.cells].map((code) => report.codes[code] ?? '');
  };
  const dates = () => world.state.dayReports.dates('freeze-day', '2026-01-01', '2027-01-01');

  it('fixes a day when it is over and everything that was told by then is kept, once', async () => {
    const keeper = keeperOf();
    const close = closeOf(keeper);
    await close.tick();
    await world.take(
      freeze,
      [row('m1', '2026-11-20', at('2026-11-20', '00:10'))],
      [failure('freeze-day', 'm2', at('2026-11-20'), at('2026-11-20', '00:11'), 'no_answer')],
    );
    await keeper.catchUp();
    await close.tick();
    expect(await reported('2026-11-20')).toBeNull();
    await world.clock.advance(at('2026-11-21') - world.clock.now());
    await world.take(freeze, [row('m3', '2026-11-20', at('2026-11-20', '23:59'))]);
    await close.tick();
    expect(await reported('2026-11-20')).toBeNull();
    await keeper.catchUp();
    await close.tick();
    const asReported = ['answered first', 'failed no_answer', 'answered retry'];
    expect(await reported('2026-11-20')).toEqual(asReported);
    await world.take(freeze, [row('m2', '2026-11-20', at('2026-11-21', '00:10'))]);
    await keeper.catchUp();
    await close.tick();
    expect(await reported('2026-11-20')).toEqual(asReported);
    expect((await world.state.dayReports.get('freeze-day', '2026-11-20'))?.closedAt).toBe(at('2026-11-21'));
  });

  it('reports no day that was over before the first meter was collected', async () => {
    const none = await world.registry();
    const meters = none.meters.map((each) => ({ ...each, collectedFrom: at('2026-11-20') }));
    const close = new DayClose({
      keeper: () => ({
        days: { registry: new RegistryIndex({ ...none, meters }) } as unknown as Keeper['days'],
        counts: { position: 1_000_000, rows: 0, days: 1, waiting: 0, resets: 0 },
        inTurn: async () => {
          asked++;
          return null as never;
        },
      }),
      state: { ...world.state, dayReports: { dates: async () => [] } } as unknown as typeof world.state,
      ...{ settings: MIDNIGHT, clock: { ...world.clock, now: () => now, mono: () => 0 } as unknown as ManualClock },
      logger: quietLogger(),
    });
    let now = at('2026-11-20', '00:10');
    let asked = 0;
    await close.tick();
    expect(asked).toBe(0);
    now = at('2026-11-21');
    await close.tick();
    expect(asked).toBe(1);
  });

  it('closes the days that ended while nobody was there, and none before the first report', async () => {
    // Of what was over when it first ran, only the newest day.
    const before = ['2026-11-19', '2026-11-20'];
    expect(await dates()).toEqual(before);
    world.clock.jump(at('2026-11-24', '09:00') - world.clock.now());
    const keeper = keeperOf();
    await keeper.catchUp();
    await closeOf(keeper).tick();
    expect(await dates()).toEqual([...before, '2026-11-21', '2026-11-22', '2026-11-23']);
    const report = await world.state.dayReports.get('freeze-day', '2026-11-22');
    expect(report?.closedAt).toBe(at('2026-11-24', '09:00'));
    expect(new Set(await reported('2026-11-22'))).toEqual(new Set(['failed collector_offline']));
  });

  it('closes a day on the day itself when it is told to', async () => {
    const keeper = keeperOf();
    await keeper.catchUp();
    await closeOf(keeper, { dayCloseAt: '09:30' }).tick();
    expect(await reported('2026-11-24')).toBeNull();
    world.clock.jump(DAY_MS / 48);
    await closeOf(keeper, { dayCloseAt: '09:30' }).tick();
    expect(await reported('2026-11-24')).not.toBeNull();
  });
});
