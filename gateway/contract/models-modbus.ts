import type { MeterModel } from './models.ts';

type Ratings = readonly [phases: 1 | 3, ratedVoltageV: number, maxCurrentA: number, rolloverWh: number];

/** Modbus meters keep no history. */
function modbus(id: string, zh: string, en: string, ratings: Ratings): MeterModel {
  const [phases, ratedVoltageV, maxCurrentA, rolloverWh] = ratings;
  return { id, zh, en, protocol: 'modbus', phases, ratedVoltageV, maxCurrentA, rolloverWh, keepsDays: {} };
}

/** 999999.99 kWh, then from 0 again. */
const SIX_DIGITS_WH = 1_000_000_000;
/** SunSpec acc32: 32 bits of Wh. */
const ACC32_WH = 4_294_967_296;

export const MODBUS_MODELS: readonly MeterModel[] = [
  modbus('sdm120', 'Eastron SDM120 单相表', 'Eastron SDM120 single-phase meter', [1, 230, 45, SIX_DIGITS_WH]),
  modbus('sdm630', 'Eastron SDM630 三相表', 'Eastron SDM630 three-phase meter', [3, 230, 100, 10_000_000_000]),
  modbus('ddsu666', '正泰 DDSU666 单相表', 'Chint DDSU666 single-phase meter', [1, 220, 80, SIX_DIGITS_WH]),
  modbus('dtsu666', '正泰 DTSU666 三相表', 'Chint DTSU666 three-phase meter', [3, 220, 80, SIX_DIGITS_WH]),
  modbus('ddsy1352', '安科瑞 DDSY1352 单相预付费表', 'Acrel DDSY1352 single-phase prepayment meter', [
    1,
    220,
    60,
    SIX_DIGITS_WH,
  ]),
  modbus('adl400', '安科瑞 ADL400 三相表', 'Acrel ADL400 three-phase meter', [3, 220, 80, SIX_DIGITS_WH]),
  modbus('dtsd1352', '安科瑞 DTSD1352 三相表', 'Acrel DTSD1352 three-phase meter', [3, 220, 80, SIX_DIGITS_WH]),
  modbus(
    'iem3155',
    '施耐德 iEM3155 三相表',
    'Schneider Electric iEM3155 three-phase meter',
    [3, 230, 63, 1_000_000_000_000],
  ),
  modbus(
    'em24',
    '佳乐 EM24 三相表（RS-485）',
    'Carlo Gavazzi EM24 three-phase meter (RS-485)',
    [3, 230, 65, 100_000_000_000],
  ),
  modbus(
    'em24-e1',
    '佳乐 EM24 E1 三相表（以太网）',
    'Carlo Gavazzi EM24 E1 three-phase meter (Ethernet)',
    [3, 230, 65, 100_000_000_000],
  ),
  modbus('sunspec-1ph', 'SunSpec 单相表（201、211）', 'SunSpec single-phase meter (201, 211)', [1, 230, 200, ACC32_WH]),
  modbus('sunspec-split', 'SunSpec 裂相表（202、212）', 'SunSpec split-phase meter (202, 212)', [
    1,
    120,
    400,
    ACC32_WH,
  ]),
  modbus('sunspec-3ph', 'SunSpec 三相表（203、204、213、214）', 'SunSpec three-phase meter (203, 204, 213, 214)', [
    3,
    230,
    1000,
    ACC32_WH,
  ]),
];
