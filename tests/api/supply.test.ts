import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { membersOf, outageOf, saveOutages } from '../support/outages.ts';
import { at } from '../support/plan.ts';
import { get, KEY, OUTAGE, reading, seededApp } from './seeded-app.ts';

let seeded: Awaited<ReturnType<typeof seededApp>>;
beforeAll(async () => {
  seeded = await seededApp();
});
afterAll(() => seeded.close());

const api = async (path: string) => (await get(seeded.app, `/api/v1${path}`)).json;
const status = (account: string) => api(`/supply-status?accountNo=${account}`);
/** Memory is looked at again after this. */
const look = () => seeded.clock.advance(1100);
/** For an answer that waits for the clock. */
const whileTimePasses = async <T>(pending: Promise<T>): Promise<T> => {
  let isDone = false;
  void pending.finally(() => {
    isDone = true;
  });
  while (!isDone) await seeded.clock.advance(10);
  return pending;
};
const put = async (path: string, payload: object) =>
  (
    await seeded.app.inject({
      method: 'PUT',
      url: `/api/v1${path}`,
      payload,
      headers: { authorization: `Bearer ${KEY}` },
    })
  ).json();
const note = async (id: string, payload: object) =>
  (
    await seeded.app.inject({
      method: 'POST',
      url: `/api/v1/outages/${id}/notes`,
      payload,
      headers: { authorization: `Bearer ${KEY}` },
    })
  ).json();

// The tests share one application, and time goes on from one to the next.

describe('the answer', () => {
  test('begins with whom to heed first, and says what it rests on and how long it took', async () => {
    const { text, json } = await get(seeded.app, '/api/v1/supply-status?accountNo=0001');
    expect(text.startsWith('{"priority":["vulnerable"]')).toBe(true);
    expect(json.sources).toEqual({
      outages: { state: 'ok', ageS: 0 },
      orders: { state: 'ok', ageS: 0 },
      readings: { state: 'ok', ageS: 0 },
    });
    expect(json).toMatchObject({ probe: null, planned: null, arrears: null });
    expect(typeof json.tookMs).toBe('number');
  });

  test('has the outage with its extent, and no time that dispatch has not entered', async () => {
    const json = await status('0005');
    expect(json.outage).toMatchObject({ id: OUTAGE.id, kind: 'outage', state: 'open', nodeName: '西苑', customers: 2 });
    expect(json.outage).toMatchObject({ cause: null, expectedAt: null, expectedUpdatedAt: null, told: null });
    expect(json.script.en).not.toContain('expected');
  });

  test('has cause, expected time and what was told, as soon as dispatch has written them', async () => {
    await note(OUTAGE.id, { kind: 'cause', text: '电缆故障' });
    await note(OUTAGE.id, { kind: 'expected', expectedAt: '2026-11-20T12:00:00+08:00' });
    await note(OUTAGE.id, { kind: 'told', text: '韩梅梅', expectedAt: '2026-11-20T12:00:00+08:00' });
    await look();
    const json = await status('0005');
    expect(json.outage).toMatchObject({
      cause: '电缆故障',
      expectedAt: '2026-11-20T12:00:00.000+08:00',
      told: { text: '韩梅梅', expectedAt: '2026-11-20T12:00:00.000+08:00' },
    });
    expect(json.script.zh).toContain('预计 12:00 恢复');
  });

  test('finds the customer by id of the meter and by initials of the name', async () => {
    expect(await api('/supply-status?meter=200000000001')).toMatchObject({ account: { no: '0005' } });
    expect(await api('/supply-status?q=hmm')).toMatchObject({ account: { no: '0005' } });
    expect(await api('/supply-status?q=hmm&meter=m1')).toMatchObject({ code: 'bad_request' });
    expect(await api('/supply-status')).toMatchObject({ code: 'bad_request' });
  });

  test('follows incidents that come, change and go', async () => {
    const startedAt = seeded.clock.now() - 60_000;
    const incident = { id: 'box', node: 'meter', nodeId: '100000000002', startedAt } as const;
    const members = membersOf(['100000000002'], startedAt);
    await saveOutages(seeded.state, outageOf({ ...incident, members, state: 'unconfirmed', confirmedAt: null }));
    await look();
    expect(await status('0002')).toMatchObject({ verdict: 'unknown', hint: 'beingChecked', outage: { id: 'box' } });
    await saveOutages(seeded.state, outageOf({ ...incident, members, revision: 2 }));
    await look();
    expect(await status('0002')).toMatchObject({ verdict: 'gridOutage', confidence: 'high' });
    const restoredAt = seeded.clock.now();
    const back = membersOf(['100000000002'], startedAt, restoredAt);
    await saveOutages(seeded.state, outageOf({ ...incident, members: back, restoredAt, revision: 3 }));
    await look();
    expect(await status('0002')).toMatchObject({ verdict: 'restored' });
    await saveOutages(seeded.state, outageOf({ ...incident, members: back, state: 'dismissed', revision: 4 }));
    await look();
    expect(await status('0002')).toMatchObject({ verdict: 'unknown', outage: null });
  });
});

describe('what other systems tell', () => {
  test('is heard: announced work', async () => {
    const from = '2026-11-20T09:00:00+08:00';
    const to = '2026-11-20T17:00:00+08:00';
    await put('/planned-outages/W1', { seq: 1, from, to, areas: ['A1'], text: '检修' });
    await look();
    const json = await status('0002');
    expect(json).toMatchObject({ verdict: 'plannedOutage', planned: { externalId: 'W1', text: '检修' } });
    // This one has voltage since the work began.
    expect(await status('0001')).toMatchObject({ verdict: 'customerSide', planned: { externalId: 'W1' } });
    await put('/planned-outages/W1', { seq: 2, state: 'cancelled', from, to, areas: ['A1'], text: '检修' });
    await look();
    expect(await status('0002')).toMatchObject({ verdict: 'unknown', planned: null });
  });

  test('is heard: a disconnection, its payment, and its end', async () => {
    const order = { account: '0004', amount: '88.20', noticedAt: '2026-11-01T00:00:00+08:00' };
    await put('/arrears-orders/Q1', { ...order, seq: 1, state: 'paid' });
    await look();
    expect(await status('0004')).toMatchObject({
      verdict: 'arrearsDisconnected',
      hint: 'paid',
      arrears: { externalId: 'Q1', state: 'paid', amount: '88.20' },
    });
    await put('/arrears-orders/Q1', { ...order, seq: 2, state: 'reconnected' });
    await look();
    expect(await status('0004')).toMatchObject({ verdict: 'arrearsDisconnected', hint: null, arrears: null });
  });
});

describe('a source that fails', () => {
  test('leaves a verdict without it, and the answer says so', async () => {
    const { outages } = seeded.state;
    const heads = outages.heads.bind(outages);
    const ofMeter = seeded.readings.ofMeter.bind(seeded.readings);
    try {
      outages.heads = () => Promise.reject(new Error('away'));
      seeded.readings.ofMeter = () => new Promise(() => {});
      await seeded.clock.advance(61_000);
      const json = await whileTimePasses(status('0005'));
      expect(json).toMatchObject({ verdict: 'gridOutage', outage: { id: OUTAGE.id } });
      expect(json.sources).toMatchObject({ outages: { state: 'down' }, readings: { state: 'stale' } });
    } finally {
      outages.heads = heads;
      seeded.readings.ofMeter = ofMeter;
    }
    await look();
    expect((await status('0005')).sources.outages.state).toBe('ok');
  });
});

describe('neighbours of a silent meter', () => {
  test('that answered lately point to its own wire', async () => {
    const slot = at('2026-11-20', '10:05:00');
    await seeded.readings.write([
      { task: 'instant', quantities: ['voltage_a_v'], rows: [reading('100000000003', slot, [230])] },
    ]);
    const json = await status('0002');
    expect(json).toMatchObject({ verdict: 'unknown', hint: 'serviceOrMeter' });
    expect(json.evidence).toContainEqual(expect.objectContaining({ fact: 'neighbours_lit', detail: '2/2' }));
  });
});

test('voltage of the meter hours ago does not speak for now', async () => {
  await seeded.readings.write([
    {
      task: 'instant',
      quantities: ['voltage_a_v', 'relay_open'],
      rows: [reading('100000000002', at('2026-11-20', '06:00:00'), [230, 0])],
    },
  ]);
  const json = await api('/supply-status?accountNo=0002');
  expect(json).toMatchObject({ verdict: 'unknown', missing: expect.arrayContaining(['freshVoltage', 'relayState']) });
  expect(json.evidence).toContainEqual(expect.objectContaining({ fact: 'relay_closed' }));
  expect(JSON.stringify(json)).not.toContain(KEY);
});

test('a disconnected account is told from a fault also hours after its meter was last heard of', async () => {
  const verdict = () => api('/supply-status?accountNo=0004');
  const verdictAfter = async (hours: number) => {
    await seeded.clock.advance(hours * 3_600_000);
    const { verdict: found, confidence } = await verdict();
    return [found, confidence];
  };
  expect(await verdictAfter(0)).toEqual(['arrearsDisconnected', 'high']);
  expect(await verdictAfter(2)).toEqual(['arrearsDisconnected', 'medium']);
  expect(await verdictAfter(20)).toEqual(['arrearsDisconnected', 'medium']);
  expect(await verdictAfter(3)).toEqual(['unknown', 'low']);
});
