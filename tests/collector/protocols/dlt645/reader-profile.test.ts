import { describe, expect, it } from 'vitest';
import { ReadError } from '../../../../collector/lines/read-error.ts';
import { stampInstant } from '../../../../collector/protocols/dlt645/meter-time.ts';
import type { Answer } from '../../../../collector/protocols/meter-reader.ts';
import { encodeReply } from '../../../support/dlt645-reply.ts';
import { ADDRESS, clockAt, local, meterOf, readerOn, stamp, taskOf, ZONE } from './reader-support.ts';
import { hex, toHex } from './vectors.ts';
import { meterWith, type Wire } from './wire-stub.ts';

const NOW = local('2026-11-20 10:30');
const SLOT = local('2026-11-20 10:15');
const QUARTER = 900_000;
const METER = meterOf('dlt645-3ph');
const task = taskOf('profile');

/** Minutes of the day tell the records apart: the import register of a record is so many Wh times ten. */
function record(at: number, start = 'A0A0'): string {
  const units = (((at - local('2026-11-20')) / 60_000) % 10_000).toString().padStart(8, '0');
  const energy = `${toHex(hex(units).reverse())}78060000FFFFFFFF00000000`;
  const body = `${stamp(at)}992310240724000500800100000000${'0050'}AA122500000000000000000000334300000000000000000000AAAA${energy}AAAAAA`;
  const head = `${start}${toHex(Uint8Array.of(body.length / 2))}`;
  const sum = hex(head + body).reduce((all, byte) => (all + byte) & 0xff, 0);
  return `${head}${body}${toHex(Uint8Array.of(sum))}E5`;
}

/** A meter with a record for each of `times`: it sends N of them from the time asked for, cut into frames. */
function recorder(times: readonly number[], frameBytes = 190): Wire {
  let rest: Uint8Array = new Uint8Array();
  return ({ control, data }) => {
    const di = data.subarray(0, 4);
    if (control === 0x11) {
      const from = stampInstant(data.subarray(5), ZONE) ?? 0;
      const chosen = times.filter((time) => time >= from).slice(0, data[4]);
      rest = hex(chosen.map((time) => record(time)).join(''));
    }
    const part = rest.subarray(0, frameBytes);
    rest = rest.slice(frameBytes);
    const seq = control === 0x12 ? [data[4] ?? 0] : [];
    const more = rest.length > 0 ? 0x20 : 0;
    return encodeReply({
      address: ADDRESS,
      control: 0x80 | more | control,
      data: Uint8Array.of(...di, ...part, ...seq),
    });
  };
}

function setUp(wire: Wire) {
  return readerOn(wire, clockAt(NOW));
}

/** The slots that a result gives an answer for, and with which reason the others fail. */
function parted(result: ReadonlyMap<number, Answer | ReadError>): { answered: number[]; failed: Map<number, string> } {
  const answered: number[] = [];
  const failed = new Map<number, string>();
  for (const [slot, each] of result) {
    if (each instanceof ReadError) failed.set(slot, each.reason);
    else answered.push(slot);
  }
  return { answered, failed };
}

function slots(count: number, from = SLOT): number[] {
  return Array.from({ length: count }, (_, i) => from + i * QUARTER);
}

describe('a profile read', () => {
  it('takes the record of the slot and maps its classes to the wanted quantities', async () => {
    const { reader, line } = setUp(recorder(slots(4)));
    const answer = await reader.read(METER, task, SLOT);
    expect(answer.meterTime).toBe(SLOT);
    expect(answer.readAt).toBe(NOW);
    expect([...answer.values]).toEqual([
      ['energy_import_wh', 6150],
      ['energy_export_wh', 6780],
      ['voltage_a_v', 239.9],
      ['voltage_b_v', 241],
      ['voltage_c_v', 240.7],
      ['current_a_a', 0.5],
      ['current_b_a', 0.18],
      ['current_c_a', 0],
      ['power_active_total_w', 251.2],
    ]);
    expect(line.asked).toEqual(['06000001']);
    expect(toHex(line.requests[0]?.data.subarray(4) ?? hex(''))).toBe('011510201126');
  });

  it('of a record that the meter does not have is stale, and names what came instead', async () => {
    await expect(setUp(recorder(slots(2, SLOT + QUARTER))).reader.read(METER, task, SLOT)).rejects.toMatchObject({
      reason: 'stale_freeze',
      detail: 'record of 2026-11-20 10:30',
      next: 'skip',
    });
    await expect(setUp(recorder([])).reader.read(METER, task, SLOT)).rejects.toMatchObject({
      reason: 'stale_freeze',
      detail: 'no record',
    });
  });

  it('of a record that the meter marks as bad is stale', async () => {
    const wire = meterWith(ADDRESS, { '06000001': record(SLOT, 'E0E0') });
    await expect(setUp(wire).reader.read(METER, task, SLOT)).rejects.toMatchObject({ reason: 'stale_freeze' });
  });

  it('of a meter without load profile is not supported', async () => {
    await expect(setUp(meterWith(ADDRESS, {})).reader.read(METER, task, SLOT)).rejects.toMatchObject({
      reason: 'not_supported',
      detail: 'the meter has no load profile',
    });
  });

  it('of a record without the wanted class is not supported, and names a class it could not read', async () => {
    const body = `${stamp(SLOT)}9923AAAAAAAAAAAA`;
    const head = `A0A0${toHex(Uint8Array.of(body.length / 2))}`;
    const sum = hex(head + body).reduce((all, byte) => (all + byte) & 0xff, 0);
    const wire = meterWith(ADDRESS, { '06000001': `${head}${body}${toHex(Uint8Array.of(sum))}E5` });
    await expect(setUp(wire).reader.read(METER, task, SLOT)).rejects.toMatchObject({
      reason: 'not_supported',
      detail: 'class 1 of 2 bytes',
    });
  });

  it('leaves phases B and C of a single-phase meter out', async () => {
    const { reader } = setUp(recorder(slots(1)));
    const answer = await reader.read(meterOf('dlt645-1ph'), task, SLOT);
    expect([...answer.values.keys()]).toEqual([
      'energy_import_wh',
      'energy_export_wh',
      'voltage_a_v',
      'current_a_a',
      'power_active_total_w',
    ]);
  });
});

describe('a profile read of several slots', () => {
  it('brings eight records with one request and its follow-ups', async () => {
    const wanted = slots(8);
    const { reader, line } = setUp(recorder(slots(20)));
    const answers = await reader.readMany(METER, task, wanted);
    expect([...answers.keys()]).toEqual(wanted);
    for (const [slot, answer] of answers) {
      if (answer instanceof ReadError) throw answer;
      expect(answer.meterTime).toBe(slot);
      expect(answer.values.get('energy_import_wh')).toBe(6150 + ((slot - SLOT) / 60_000) * 10);
    }
    expect(line.requests.filter(({ control }) => control === 0x11)).toHaveLength(1);
    expect(line.requests[0]?.data[4]).toBe(8);
    expect(line.requests.length).toBeGreaterThan(1);
  });

  it('takes the slots in any order and asks for no more at once than the model allows', async () => {
    const { reader, line } = setUp(recorder(slots(20)));
    const answers = await reader.readMany(METER, task, slots(20).reverse());
    expect([...answers.keys()].sort()).toEqual(slots(20));
    expect(line.requests.filter(({ control }) => control === 0x11).map(({ data }) => data[4])).toEqual([8, 8, 4]);
  });

  it('is the same as reading slot by slot, stale where the meter has no record', async () => {
    const times = slots(8).filter((_, i) => i !== 2 && i !== 3);
    const answers = await setUp(recorder(times)).reader.readMany(METER, task, slots(8));
    expect([...answers.keys()]).toEqual(slots(8));
    for (const slot of slots(8)) {
      const alone = setUp(recorder(times)).reader.read(METER, task, slot);
      expect(answers.get(slot)).toEqual(await alone.catch((error: unknown) => error));
    }
    expect(parted(answers).answered).toEqual(times);
  });

  it('asks again from where the reply ended when the meter records more often than the task asks', async () => {
    const fine = Array.from({ length: 40 }, (_, i) => SLOT + i * 300_000);
    const { reader, line } = setUp(recorder(fine));
    expect([...(await reader.readMany(METER, task, slots(8))).keys()]).toEqual(slots(8));
    // Eight records five minutes apart reach three quarter hours, five reach two, the others one each.
    expect(line.requests.filter(({ control }) => control === 0x11).map(({ data }) => data[4])).toEqual([8, 5, 3, 2, 1]);
  });

  it('comes to an end when the meter has none of them', async () => {
    const { reader, line } = setUp(recorder([]));
    const { answered, failed } = parted(await reader.readMany(METER, task, slots(5).reverse()));
    expect(answered).toEqual([]);
    expect(failed).toEqual(new Map(slots(5).map((slot) => [slot, 'stale_freeze'])));
    expect(line.requests).toHaveLength(5);
  });

  it('costs a meter without load profile two requests: the rest is not asked, then or later', async () => {
    const { reader, line } = setUp(meterWith(ADDRESS, {}));
    const { failed } = parted(await reader.readMany(METER, task, slots(8).reverse()));
    expect(failed).toEqual(new Map(slots(8).map((slot) => [slot, 'not_supported'])));
    await expect(reader.read(METER, task, SLOT)).rejects.toMatchObject({ reason: 'not_supported' });
    expect(line.asked).toEqual(['06000001', '06000002']);
  });

  it('goes on asking a meter that has a latest record, though it refuses a moment without one', async () => {
    const { reader, line } = setUp(meterWith(ADDRESS, { '06000002': record(SLOT) }));
    for (const slot of [SLOT, SLOT - QUARTER]) {
      await expect(reader.read(METER, task, slot)).rejects.toMatchObject({
        reason: 'not_supported',
        detail: 'error 02',
      });
    }
    expect(line.asked).toEqual(['06000001', '06000002', '06000001']);
  });

  it('ends at a refusal and keeps what was found before it', async () => {
    const times = slots(16);
    const meter = recorder(times);
    const refused = times[8] ?? 0;
    const { reader } = setUp((request) =>
      request.control === 0x11 && toHex(request.data.subarray(5)) === stamp(refused)
        ? encodeReply({ address: ADDRESS, control: 0xd1, data: hex('02') })
        : meter(request),
    );
    const { answered, failed } = parted(await reader.readMany(METER, task, times));
    expect(answered).toEqual(times.slice(0, 8));
    expect(failed).toEqual(new Map([[refused, 'not_supported']]));
  });

  it('keeps what was found before the meter fell silent: the rest counts as not asked', async () => {
    const meter = recorder(slots(16));
    let requests = 0;
    const { reader } = setUp((request) => (request.control === 0x11 && ++requests > 1 ? null : meter(request)));
    expect([...(await reader.readMany(METER, task, slots(16))).keys()]).toEqual(slots(8));
  });

  it('drops a value that cannot be and keeps the record', async () => {
    const spoilt = record(SLOT).replace('9923', '9999');
    const sum = hex(spoilt.slice(0, -4)).reduce((all, byte) => (all + byte) & 0xff, 0);
    const first = `${spoilt.slice(0, -4)}${toHex(Uint8Array.of(sum))}E5`;
    const { reader } = setUp(meterWith(ADDRESS, { '06000001': first + record(SLOT + QUARTER) }));
    const answers = await reader.readMany(METER, task, [SLOT, SLOT + QUARTER]);
    expect(answers.get(SLOT)).toMatchObject({ meterTime: SLOT, dropped: ['voltage_a_v 999.9'] });
    expect(answers.get(SLOT + QUARTER)).not.toHaveProperty('dropped');
  });

  it('gives the first slot by itself when the reply to many cannot be parsed', async () => {
    const meter = recorder(slots(8));
    const { reader } = setUp((request) => {
      if (request.control === 0x12 || request.data[4] === 1) return meter(request);
      return encodeReply({ address: ADDRESS, control: 0x91, data: hex('01000006A0A0') });
    });
    const [first = 0] = slots(8).reverse();
    expect([...(await reader.readMany(METER, task, slots(8).reverse())).keys()]).toEqual([first]);
  });

  it('fails as a whole when a follow-up frame does not come', async () => {
    const meter = recorder(slots(8));
    const { reader } = setUp((request) => (request.control === 0x12 ? null : meter(request)));
    await expect(reader.readMany(METER, task, slots(8))).rejects.toMatchObject({ reason: 'no_answer' });
  });

  it('of no slots asks nothing', async () => {
    const { reader, line } = setUp(recorder([]));
    expect(await reader.readMany(METER, task, [])).toEqual(new Map());
    expect(line.requests).toHaveLength(0);
  });
});
