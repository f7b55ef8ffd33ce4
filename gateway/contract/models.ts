import { MODBUS_MODELS } from './models-modbus.ts';
import type { LineProtocol } from './plan.ts';
import type { MeterProfile } from './profile.ts';
import type { TaskKind } from './tasks.ts';

export const METER_PROTOCOLS = ['dlt645', 'dlt645-1997', 'dlt698', 'modbus'] as const;
export type MeterProtocol = (typeof METER_PROTOCOLS)[number];

/** What the centre must know of a meter model; how it is read is the collector's business (collector/profiles). */
export interface MeterModel {
  readonly id: string;
  readonly zh: string;
  readonly en: string;
  readonly protocol: MeterProtocol;
  readonly phases: 1 | 3;
  /** Nominal phase voltage, V. */
  readonly ratedVoltageV: number;
  /** Largest current the meter is made for, A. */
  readonly maxCurrentA: number;
  /** The import register counts from 0 to below this and starts again at 0, Wh. */
  readonly rolloverWh: number;
  /**
   * Local days back for which the meter itself keeps the values of a task. A kind that is missing must be read at
   * its moment by the collector's clock; `event` missing means that the meter records no events.
   */
  readonly keepsDays: Readonly<Partial<Record<TaskKind, number>>>;
}

/** Lines that a meter of the protocol can hang on. */
export const LINES_OF: Readonly<Record<MeterProtocol, readonly LineProtocol[]>> = {
  dlt645: ['dlt645', 'dlt698'],
  'dlt645-1997': ['dlt645', 'dlt698'],
  dlt698: ['dlt645', 'dlt698'],
  modbus: ['modbus-rtu', 'modbus-tcp'],
};

/** DL/T 698.45 day, month and minute freezes: taken to be kept as long as those of DL/T 645-2007. */
const DLT698_KEEPS = { 'freeze-day': 62, 'freeze-month': 365, profile: 40, event: 365 } as const;

/** DL/T 645-2007: 62 day freezes, 12 month freezes; load profile memory of at least 40 days at 15 minutes is usual. */
const DLT645_KEEPS = { 'freeze-day': 62, 'freeze-month': 365, profile: 40, event: 365 } as const;

export const METER_MODELS: readonly MeterModel[] = [
  {
    id: 'dlt645-1ph',
    zh: 'DL/T 645-2007 单相表',
    en: 'DL/T 645-2007 single-phase meter',
    protocol: 'dlt645',
    phases: 1,
    ratedVoltageV: 220,
    maxCurrentA: 60,
    rolloverWh: 1_000_000_000,
    keepsDays: DLT645_KEEPS,
  },
  {
    id: 'dlt645-3ph',
    zh: 'DL/T 645-2007 三相四线表',
    en: 'DL/T 645-2007 three-phase four-wire meter',
    protocol: 'dlt645',
    phases: 3,
    ratedVoltageV: 220,
    maxCurrentA: 60,
    rolloverWh: 1_000_000_000,
    keepsDays: DLT645_KEEPS,
  },
  {
    id: 'dlt645-1997-1ph',
    zh: 'DL/T 645-1997 单相表',
    en: 'DL/T 645-1997 single-phase meter',
    protocol: 'dlt645-1997',
    phases: 1,
    ratedVoltageV: 220,
    maxCurrentA: 60,
    rolloverWh: 1_000_000_000,
    keepsDays: {},
  },
  {
    id: 'dlt698-1ph',
    zh: 'DL/T 698.45 单相表',
    en: 'DL/T 698.45 single-phase meter',
    protocol: 'dlt698',
    phases: 1,
    ratedVoltageV: 220,
    maxCurrentA: 60,
    rolloverWh: 1_000_000_000,
    keepsDays: DLT698_KEEPS,
  },
  {
    id: 'dlt698-3ph',
    zh: 'DL/T 698.45 三相四线表',
    en: 'DL/T 698.45 three-phase four-wire meter',
    protocol: 'dlt698',
    phases: 3,
    ratedVoltageV: 220,
    maxCurrentA: 60,
    rolloverWh: 1_000_000_000,
    keepsDays: DLT698_KEEPS,
  },
  ...MODBUS_MODELS,
];

const BY_ID = new Map(METER_MODELS.map((model) => [model.id, model]));

export function meterModel(id: string): MeterModel | undefined {
  return BY_ID.get(id);
}

/** What the centre must know of a model that a site brings itself. */
function modelOfProfile({ id, zh, en, phases, ratedVoltageV, maxCurrentA, rolloverWh }: MeterProfile): MeterModel {
  return { id, zh, en, protocol: 'modbus', phases, ratedVoltageV, maxCurrentA, rolloverWh, keepsDays: {} };
}

/** Looks models up by id: the catalogue's own, then those of a plan or registry that brings profiles. */
export function modelsWith(profiles: readonly MeterProfile[] = []): (id: string) => MeterModel | undefined {
  if (profiles.length === 0) return meterModel;
  const own = new Map(profiles.map((profile) => [profile.id, modelOfProfile(profile)]));
  return (id) => meterModel(id) ?? own.get(id);
}
