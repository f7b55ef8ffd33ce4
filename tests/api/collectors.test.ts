import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ids, line, type SeededField, seededField } from './field-site.ts';
import { NOW } from './seeded-app.ts';

let field: SeededField;
beforeAll(async () => {
  field = await seededField();
});
afterAll(() => field.close());
beforeEach(() => field.reset());

const api: SeededField['api'] = (...wanted) => field.api(...wanted);
const tell: SeededField['tell'] = (...told) => field.tell(...told);
const pages: SeededField['pages'] = (path) => field.pages(path);

describe('/collectors', () => {
  it('shows what one said, with its lines counted by state', async () => {
    await tell('c1', [line('J1'), line('J2', { state: 'down', reason: 'concentrator_offline' })], {
      planRefused: { version: 'p2', why: 'line L9: no such profile' },
      ledger: { due: 6, answered: 3, failed: 2, open: 1 },
      spool: { rows: 3, bytes: 4096, oldestAt: NOW - 3_600_000, lastSeq: 10 },
    });
    const { json } = await api('/collectors/c1');
    expect(json).toEqual({
      id: 'c1',
      district: 'd1',
      online: true,
      reason: null,
      lastHeardAt: '2026-11-20T10:06:55.000+08:00',
      reportedAt: '2026-11-20T10:06:55.000+08:00',
      startedAt: '2026-11-20T10:06:59.000+08:00',
      host: 'h',
      version: '1',
      planVersion: 'p',
      planRefused: { version: 'p2', why: 'line L9: no such profile' },
      spool: {
        rows: 3,
        bytes: 4096,
        oldestAt: '2026-11-20T09:07:00.000+08:00',
        keptRows: null,
        maxBytes: null,
        droppedRows: null,
        damagedRows: null,
      },
      ledger: { due: 6, answered: 3, failed: 2, open: 1 },
      lines: { total: 4, up: 1, down: 1, idle: 0, unknown: 2 },
      meters: 8,
      asOf: '2026-11-20T10:07:00.000+08:00',
      timeZone: 'Asia/Shanghai',
      simulated: true,
    });
  });

  it('shows what a spool keeps, has given up and has found damaged, and warns of losses', async () => {
    const dropped = { curve: 5, outcome: 1, event: 0, freeze: 0, total: 6 };
    const more = { kept: 100, maxBytes: 8192, dropped, damaged: 2 };
    await tell('c1', [line('J1')], { spool: { rows: 3, bytes: 4096, oldestAt: null, lastSeq: 10, ...more } });
    const { json } = await api('/collectors');
    expect(json.items[0]).toMatchObject({
      spool: { keptRows: 100, maxBytes: 8192, droppedRows: dropped, damagedRows: 2 },
    });
    expect(json.warnings).toEqual([
      'collector c1 has given up 6 results for want of room in its spool',
      'the disk of collector c1 has damaged 2 results in its spool',
    ]);
  });

  it('lists one that was never heard of as offline, without figures', async () => {
    const { json } = await api('/collectors?online=false');
    expect(ids(json)).toEqual(['c2', 'c3']);
    expect(json.items[0]).toMatchObject({
      online: false,
      reason: { code: 'collector_offline', checks: { zh: expect.any(Array), en: expect.any(Array) } },
      lastHeardAt: null,
      reportedAt: null,
      startedAt: null,
      host: null,
      version: null,
      planVersion: null,
      planRefused: null,
      spool: null,
      ledger: null,
      lines: { total: 1, up: 0, down: 0, idle: 0, unknown: 1 },
    });
  });

  it('takes one that falls silent to be offline, with the figures that it told last', async () => {
    await field.clock.advance(121_000);
    const { json } = await api('/collectors/c1');
    expect(json).toMatchObject({ online: false, planVersion: 'p', spool: { rows: 3 }, lines: { unknown: 4 } });
    expect(ids((await api('/collectors?online=true')).json)).toEqual([]);
  });

  it('shows no figures of a last will: it was written before there was any work', async () => {
    await tell('c2', [], { online: false, planVersion: null });
    const { json } = await api('/collectors/c2');
    expect(json).toMatchObject({ online: false, reportedAt: null, planVersion: null, spool: null, ledger: null });
    expect(json).toMatchObject({ lastHeardAt: '2026-11-20T10:06:55.000+08:00', host: 'h', version: '1' });
  });

  it('shows no instant where a broken clock tells one that no calendar has', async () => {
    await tell('c1', [line('J1', { lastGoodAt: 1e18, nextDueAt: -5 })], { startedAt: 1e300 });
    expect((await api('/collectors/c1')).json).toMatchObject({ online: true, startedAt: null });
    expect((await api('/lines/J1')).json).toMatchObject({ lastGoodAt: null, nextDueAt: null, requests: 100 });
  });

  it('is filtered by district and paged', async () => {
    expect(ids((await api('/collectors?district=d2')).json)).toEqual(['c2', 'c3']);
    expect(await pages('/collectors?')).toEqual(['c1', 'c2', 'c3']);
  });
});
