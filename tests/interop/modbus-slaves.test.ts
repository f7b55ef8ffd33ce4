import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '#platform/clock.ts';
import { Bus } from '../../collector/lines/bus.ts';
import type { Link } from '../../collector/lines/link.ts';
import { SerialLink } from '../../collector/lines/serial-link.ts';
import { TcpLink } from '../../collector/lines/tcp-link.ts';
import { modbusProfile } from '../../collector/profiles/modbus-catalogue.ts';
import type { Answer } from '../../collector/protocols/meter-reader.ts';
import { ModbusReader } from '../../collector/protocols/modbus/reader.ts';
import { serialDefaults, timingDefaults } from '../../gateway/registry/line-defaults.ts';
import { planMeter, task } from '../support/plan.ts';
import { eventually, freePort } from '../support/standalone.ts';
import { type DescribedMeter, METERS, registerImage, sparseImage } from './described-meters.ts';
import {
  compileLibmodbusSlave,
  MISSING,
  openPtyPair,
  type Place,
  type Slave,
  startLibmodbus,
  startPymodbus,
} from './slaves.ts';

const UNIT = 17;
const OTHER_UNIT = 18;
const folder = mkdtempSync(join(tmpdir(), 'meterway-interop-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Meter {
  readonly unit: number;
  readonly functionCode: number;
  readonly image: ReadonlyMap<number, number>;
}
type StartSlave = (place: Place, meter: Meter) => Promise<Slave>;

/** Our side of a line: everything between a due read and the wire. */
interface Line {
  readonly link: Link;
  read(meter: DescribedMeter, unit?: number): Promise<Answer>;
}

async function openLine({ medium, at }: Place): Promise<Line> {
  const clock = systemClock();
  const protocol = medium === 'rtu' ? 'modbus-rtu' : 'modbus-tcp';
  const serial = medium === 'rtu' ? serialDefaults(protocol) : null;
  const link: Link =
    serial === null
      ? new TcpLink({ host: '127.0.0.1', port: Number(at) }, clock)
      : new SerialLink({ path: at, ...serial }, clock);
  onTestFinished(() => link.close());
  const bus = new Bus({ link, timing: timingDefaults(protocol, serial), clock, downReason: 'line_down' });
  const reader = new ModbusReader({ exchanger: bus, protocol, clock });
  await link.open(new AbortController().signal);
  return {
    link,
    read: (meter, unit = UNIT) => {
      const items = modbusProfile(meter.model)?.registers.map(({ quantity }) => quantity) ?? [];
      const asked = planMeter('m1', { model: meter.model, address: String(unit) });
      return reader.read(asked, task('instant', { items }), clock.now());
    },
  };
}

/** Where the slave and where we reach the same line. */
async function openPlaces(medium: Place['medium']): Promise<{ theirs: Place; ours: Place }> {
  if (medium === 'tcp') {
    const place = { medium, at: String(await freePort()) };
    return { theirs: place, ours: place };
  }
  const ports = await openPtyPair(mkdtempSync(join(folder, 'pty-')));
  onTestFinished(() => ports.close());
  return { theirs: { medium, at: ports.theirs }, ours: { medium, at: ports.ours } };
}

function meterOf({ functionCode }: DescribedMeter, image: ReadonlyMap<number, number>): Meter {
  return { unit: UNIT, functionCode, image };
}

function described(model: string): DescribedMeter {
  const found = METERS.find((meter) => meter.model === model);
  if (!found) throw new Error(`no description of ${model}`);
  return found;
}

const valuesOf = ({ registers }: DescribedMeter): Record<string, number> =>
  Object.fromEntries(registers.map(([quantity, , , , value]) => [quantity, value]));

/** What every slave must show, whoever wrote it. */
function slaveSuite(medium: Place['medium'], start: StartSlave): void {
  const started: StartSlave = async (place, meter) => {
    const slave = await start(place, meter);
    onTestFinished(() => slave.kill());
    return slave;
  };

  for (const meter of METERS) {
    it(`every quantity of an ${meter.model} comes back right`, async () => {
      const { theirs, ours } = await openPlaces(medium);
      await started(theirs, meterOf(meter, registerImage(meter)));
      const line = await openLine(ours);
      expect(Object.fromEntries((await line.read(meter)).values)).toEqual(valuesOf(meter));
      expect(Object.fromEntries((await line.read(meter)).values), 'read again').toEqual(valuesOf(meter));
    });
  }

  it('registers that the meter refuses are left out and the others come', async () => {
    const meter = described('sdm630');
    const { theirs, ours } = await openPlaces(medium);
    // The energies from 72 to 79 are what every meter of the model has.
    const lacks = (address: number): boolean => address < 12 || address >= 80;
    const image = new Map([...registerImage(meter)].filter(([address]) => !lacks(address)));
    await started(theirs, meterOf(meter, image));
    const line = await openLine(ours);
    const has = meter.registers.filter(([, address]) => !lacks(address));
    expect(Object.fromEntries((await line.read(meter)).values)).toEqual(valuesOf({ ...meter, registers: has }));
  });

  it('a meter that has nothing of what it is asked for says so', async () => {
    const meter = described('sdm120');
    const { theirs, ours } = await openPlaces(medium);
    await started(theirs, meterOf(meter, new Map([[900, 1]])));
    const line = await openLine(ours);
    await expect(line.read(meter)).rejects.toMatchObject({ reason: 'not_supported', next: 'skip' });
  });

  it('a unit that is not there does not answer, and the next unit does', async () => {
    const meter = described('sdm120');
    const { theirs, ours } = await openPlaces(medium);
    await started(theirs, meterOf(meter, registerImage(meter)));
    const line = await openLine(ours);
    await expect(line.read(meter, OTHER_UNIT)).rejects.toMatchObject({ reason: 'no_answer' });
    expect(Object.fromEntries((await line.read(meter)).values)).toEqual(valuesOf(meter));
  });

  it('a slave that is killed and started again is read again, with what it then has', async () => {
    const meter = described('sdm120');
    const { theirs, ours } = await openPlaces(medium);
    const slave = await started(theirs, meterOf(meter, registerImage(meter)));
    const line = await openLine(ours);
    await line.read(meter);
    await slave.kill();
    if (medium === 'tcp') await eventually('the connection is lost', 5000, () => !line.link.isOpen);
    await expect(line.read(meter)).rejects.toMatchObject({ reason: medium === 'tcp' ? 'line_down' : 'no_answer' });

    const later = registerImage(meter).set(0, 0x4366).set(1, 0x8000);
    await started(theirs, meterOf(meter, later));
    if (medium === 'tcp') await line.link.open(new AbortController().signal);
    const { values } = await line.read(meter);
    expect(Object.fromEntries(values)).toEqual({ ...valuesOf(meter), voltage_a_v: 230.5 });
  });
}

describe.skipIf(MISSING.libmodbus !== null)('a slave on libmodbus', () => {
  let program = '';
  beforeAll(() => {
    program = compileLibmodbusSlave(folder);
  });
  const start: StartSlave = (place, meter) => startLibmodbus(program, place, meter);
  describe('over Modbus RTU', () => slaveSuite('rtu', start));
  describe('over Modbus TCP', () => slaveSuite('tcp', start));
});

describe.skipIf(MISSING.pymodbus !== null)('a slave on pymodbus', () => {
  describe('over Modbus RTU', () => slaveSuite('rtu', startPymodbus));
  describe('over Modbus TCP', () => slaveSuite('tcp', startPymodbus));

  it('that refuses every register nobody described is read all the same', async () => {
    const meter = described('sdm630');
    const { theirs, ours } = await openPlaces('tcp');
    const slave = await startPymodbus(theirs, meterOf(meter, sparseImage(meter)));
    onTestFinished(() => slave.kill());
    const line = await openLine(ours);
    expect(Object.fromEntries((await line.read(meter)).values)).toEqual(valuesOf(meter));
  });
});
