import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { at, installation, meter, registry } from '../domain/site.ts';
import { BillingSite } from './billing-site.ts';

const [OCT, NOV, DEC] = ['2026-10-01', '2026-11-01', '2026-12-01'];

const ids = ['m1', 'm2', 'm3'];
const SITE = registry({ meters: ids.map((id) => meter(id)), installations: ids.map((id) => installation(id)) });

let site: BillingSite;
beforeEach(async () => {
  site = await BillingSite.open(SITE);
  await site.read(OCT, { m1: 100, m2: 200, m3: 300 });
  await site.read(NOV, { m1: 110, m3: 330 });
});
afterEach(() => site.close());

const usage = async (id: string) =>
  (await site.lines(id)).map((row) => [row.meter, row.usage.billedWh.energyImportWh, row.exceptions.join(' ')]);
const corrections = async (id: string) =>
  (await site.state.batches.corrections(id, 0, 99)).map(({ seq, meter: of, revision, row }) => [
    ...[seq, of, revision, row['energyImportWh']],
    (row['usage'] as { billedWh: { energyImportWh: number | null } }).billedWh.energyImportWh,
    (row['exceptions'] as string[]).join(' '),
  ]);

describe('the builder of billing batches', () => {
  it('makes the rows, their hash and their counts, each batch going on from the one before', async () => {
    await site.ask('november', NOV);
    await site.ask('october', OCT);
    await site.builder().tick();
    expect(await usage('november')).toEqual([
      ['m1', 10, ''],
      ['m2', null, 'missing'],
      ['m3', 30, ''],
    ]);
    const bytes = (await site.lines('november')).map((row) => `${JSON.stringify(row)}\n`).join('');
    expect(await site.state.batches.get('november')).toMatchObject({
      ...{ state: 'ready', progress: 1, rows: 3, previous: 'october', detail: '' },
      sha256: createHash('sha256').update(bytes).digest('hex'),
      counts: { 'quality:valid': 2, 'quality:missing': 1, 'exception:missing': 1 },
    });
  });

  it('gives the same hash for the same data, also after the batch before was made again', async () => {
    const october = await site.made('october', OCT);
    const november = await site.made('november', NOV);
    expect(await site.made('october again', OCT)).toBe(october);
    expect(await site.made('november again', NOV)).toBe(november);
    expect((await site.state.batches.get('november again'))?.previous).toBe('october again');
  });

  it('makes a batch anew that a killed process left, without its corrections', async () => {
    await site.ask('b', OCT);
    await site.state.batches.update('b', { state: 'building', progress: 0.4 });
    await site.state.batches.addCorrections([{ batch: 'b', meter: 'm1', revision: 2, at: 1, row: {} }]);
    const folder = join(site.folder, 'billing');
    mkdirSync(folder);
    writeFileSync(join(folder, 'b.rows.tmp'), 'half');
    await site.builder().tick();
    expect([readdirSync(folder), (await site.state.batches.get('b'))?.state]).toEqual([['b.rows'], 'ready']);
    expect(await corrections('b')).toEqual([]);
  });

  it('tells after three tries why a batch cannot be made, and makes the others', async () => {
    await site.ask('b', OCT);
    site.registry = { ...SITE, tasks: [] };
    const builder = site.builder();
    for (const state of ['requested', 'requested', 'failed']) {
      await builder.tick();
      expect(await site.state.batches.get('b')).toMatchObject({
        state,
        detail: expect.stringContaining('no such task'),
      });
    }
    site.registry = SITE;
    await site.ask('c', OCT);
    await builder.tick();
    expect((await site.state.batches.get('c'))?.state).toBe('ready');
  });

  test('what changes while a batch is made is a correction of it', async () => {
    await site.ask('b', NOV);
    const corrector = site.corrections();
    let told = false;
    site.onPage = async () => {
      if (told) return;
      told = true;
      await site.read(NOV, { m2: 222 });
      await site.changed(NOV, ['m2'], corrector);
    };
    await site.builder().tick();
    expect(await usage('b')).toContainEqual(['m2', null, 'missing']);
    expect(await corrections('b')).toEqual([[1, 'm2', 2, 222, null, '']]);
    expect((await site.state.batches.get('b'))?.state).toBe('ready');
  });
});

describe('corrections of billing batches', () => {
  test('a late reading corrects its row and the row that goes on from it, once', async () => {
    await site.read(DEC, { m1: 120, m2: 260, m3: 370 });
    for (const [id, date] of [
      ['october', OCT],
      ['november', NOV],
      ['december', DEC],
    ] as const) {
      await site.made(id, date);
    }
    expect(await usage('december')).toContainEqual(['m2', 60, '']);
    const file = () => readFileSync(join(site.folder, 'billing', 'november.rows'));
    const before = file();
    await site.read(NOV, { m2: 240 });
    for (const _time of [1, 2]) await site.changed(NOV, ids);
    expect([await corrections('october'), await corrections('november'), await corrections('december')]).toEqual([
      [],
      [[1, 'm2', 2, 240, 40, '']],
      [[1, 'm2', 2, 260, 20, 'not_continuous']],
    ]);
    expect(file()).toEqual(before);
    const edited = { task: 'freeze-day', meter: 'm2', slot: at(NOV), kind: 'edited', method: null } as const;
    await site.state.revisions.add({ ...edited, values: { energy_import_wh: 250 }, reason: 'x', by: 'k', at: 1 }, 0);
    await site.changed(NOV, ['m2']);
    expect((await corrections('november'))[1]).toEqual([2, 'm2', 3, 250, 50, 'edited']);
    expect((await corrections('december'))[1]).toEqual([2, 'm2', 3, 260, 10, 'not_continuous']);
  });

  test('a batch whose rows are gone does not stop the others', async () => {
    await site.made('lost', NOV);
    await site.made('there', NOV);
    writeFileSync(join(site.folder, 'billing', 'lost.rows'), '');
    await site.read(NOV, { m2: 240 });
    await site.changed(NOV, ['m2']);
    expect([await corrections('lost'), (await corrections('there')).length]).toEqual([[], 1]);
  });

  test('days without a batch, and other tasks, are nothing to them', async () => {
    await site.made('october', OCT);
    await site.changed(DEC, ids);
    await site.changed(OCT, ids);
    expect(await corrections('october')).toEqual([]);
  });
});
