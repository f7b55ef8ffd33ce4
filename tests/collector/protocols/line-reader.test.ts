import { describe, expect, it } from 'vitest';
import { meterModel } from '#contract/models.ts';
import type { Exchanger } from '../../../collector/lines/exchange.ts';
import { modbusProfile } from '../../../collector/profiles/modbus-catalogue.ts';
import { lineReader } from '../../../collector/protocols/line-reader.ts';
import { MissingMemory } from '../../../collector/protocols/missing.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { at, planMeter, task, ZONE } from '../../support/plan.ts';

const NOW = at('2026-11-20', '00:00:10');

/** A Modbus TCP meter that answers registers with zeros, but for one that it refuses. */
function meterWithout(register: number): Exchanger {
  return {
    exchange: async (request, scan) => {
      const address = (request[8] ?? 0) * 256 + (request[9] ?? 0);
      const count = (request[10] ?? 0) * 256 + (request[11] ?? 0);
      const refuses = address <= register && register < address + count;
      const pdu = refuses ? [0x84, 2] : [request[7] ?? 0, 2 * count, ...Array.from({ length: 2 * count }, () => 0)];
      const head = [request[0] ?? 0, request[1] ?? 0, 0, 0, 0, pdu.length + 1, request[6] ?? 0];
      const verdict = scan(Uint8Array.from([...head, ...pdu]));
      if (verdict.kind !== 'frame') throw new Error(`the reply is ${verdict.kind}`);
      return verdict.value;
    },
  };
}

function reader(exchanger: Exchanger, protocol: 'modbus-tcp' | 'dlt645' = 'modbus-tcp') {
  return lineReader({
    protocol,
    exchanger,
    clock: new ManualClock(NOW),
    zone: ZONE,
    tries: () => 1,
    missing: new MissingMemory(),
    modelOf: meterModel,
    profileOf: modbusProfile,
  });
}

const meter = planMeter('m1', { model: 'sdm120', address: '1' });

describe('a freeze of a meter that refuses its import register', () => {
  it('is no answer, however much else came: the slot must show as failed', async () => {
    const lacking = reader(meterWithout(0x48));
    const freeze = task('freeze-day', { items: ['energy_import_wh', 'energy_export_wh'] });
    for (let i = 0; i < 3; i++) {
      await expect(lacking.read(meter, freeze, NOW)).rejects.toMatchObject({ reason: 'not_supported', answered: true });
    }
  });

  it('is an answer when another register is refused, and for other tasks', async () => {
    const freeze = task('freeze-day', { items: ['energy_import_wh', 'energy_export_wh'] });
    const other = await reader(meterWithout(0x4a)).read(meter, freeze, NOW);
    expect([...other.values.keys()]).toEqual(['energy_import_wh']);
    const instant = task('instant', { items: ['energy_import_wh', 'voltage_a_v'] });
    const present = await reader(meterWithout(0x48)).read(meter, instant, NOW);
    expect([...present.values.keys()]).toEqual(['voltage_a_v']);
  });
});

it('a meter of a protocol that cannot be on the line is told, not asked', async () => {
  const silent: Exchanger = {
    exchange: () => {
      throw new Error('asked');
    },
  };
  await expect(reader(silent, 'dlt645').read(meter, task('instant'), NOW)).rejects.toMatchObject({
    reason: 'not_supported',
    detail: 'model sdm120 does not belong on a DL/T line',
  });
});
