import type { TaskKind } from './tasks.ts';

/** What the centre must know of a meter model; how it is read is the collector's business (collector/profiles). */
export interface MeterModel {
  readonly id: string;
  readonly zh: string;
  readonly en: string;
  readonly protocol: 'dlt645' | 'modbus';
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
    id: 'sdm120',
    zh: 'Eastron SDM120 单相表',
    en: 'Eastron SDM120 single-phase meter',
    protocol: 'modbus',
    phases: 1,
    ratedVoltageV: 230,
    maxCurrentA: 45,
    rolloverWh: 1_000_000_000,
    keepsDays: {},
  },
  {
    id: 'sdm630',
    zh: 'Eastron SDM630 三相表',
    en: 'Eastron SDM630 three-phase meter',
    protocol: 'modbus',
    phases: 3,
    ratedVoltageV: 230,
    maxCurrentA: 100,
    rolloverWh: 10_000_000_000,
    keepsDays: {},
  },
];

const BY_ID = new Map(METER_MODELS.map((model) => [model.id, model]));

export function meterModel(id: string): MeterModel | undefined {
  return BY_ID.get(id);
}
