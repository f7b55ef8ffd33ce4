import { expect, it } from 'vitest';
import { modbusProfilesWith } from '../../../../collector/profiles/modbus-catalogue.ts';
import { ModbusReader } from '../../../../collector/protocols/modbus/reader.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { planMeter, task } from '../../../support/plan.ts';
import { siteProfile } from '../../../support/site-profile.ts';
import { ScriptedLine } from './scripted-line.ts';

/** Three voltages, the low and the high word of the import, and its power of ten. */
const HELD: Readonly<Record<number, number>> = { 10: 2301, 11: 0xffff, 12: 2309, 20: 0xe240, 21: 0x0001, 22: 1 };

it('a meter of the site’s own model is read by its profile, and the others by the catalogue', async () => {
  const line = new ScriptedLine(
    ({ address, quantity }) => Array.from({ length: quantity }, (_, i) => HELD[address + i] ?? 0),
    true,
  );
  const profileOf = modbusProfilesWith([siteProfile(), siteProfile({ id: 'sdm120' })]);
  const reader = new ModbusReader({ exchanger: line, protocol: 'modbus-tcp', clock: new ManualClock(0), profileOf });
  const own = planMeter('M1', { address: '7', model: 'my-meter' });
  expect([...(await reader.read(own, task('profile'), 0)).values]).toEqual([
    ['energy_import_wh', 1_234_560],
    ['voltage_a_v', 230.1],
    ['voltage_b_v', null],
    ['voltage_c_v', 230.9],
  ]);
  await reader.probe(own);
  await reader.read(planMeter('M2', { address: '8', model: 'sdm120' }), task('freeze-day'), 0);
  expect(
    line.asked.map(({ unit, functionCode, address, quantity }) => [unit, functionCode, address, quantity]),
  ).toEqual([
    [7, 3, 10, 13],
    [7, 3, 10, 1],
    [8, 4, 0x48, 4],
  ]);
});
