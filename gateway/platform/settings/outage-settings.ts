import { Type } from 'typebox';
import { CENTRE, CENTRE_AND_API, Flag, setting } from './setting.ts';

const Share = Type.Number({ minimum: 0.01, maximum: 1 });

/** How evidence of an outage is weighed, and how much is read to be sure of it. */
export const OUTAGE_SETTINGS = {
  voltageOffShare: setting(
    Share,
    0.6,
    CENTRE_AND_API,
    'A phase below this share of nominal voltage is off',
    '低于额定电压此比例判为失电',
  ),
  voltageOnShare: setting(
    Share,
    0.8,
    CENTRE_AND_API,
    'A phase above this share of nominal voltage is on',
    '高于额定电压此比例判为有电',
  ),
  outageMinMeters: setting(
    Type.Integer({ minimum: 1 }),
    3,
    CENTRE,
    'Meters without power that make an outage of a box, branch or area, or',
    '判定表箱、分支或台区停电的最少失电表数，或',
  ),
  outageMinShare: setting(Share, 0.1, CENTRE, 'their share of its meters', '占其表数的比例'),
  outageFeederMinAreas: setting(
    Type.Integer({ minimum: 2, maximum: 1000 }),
    2,
    CENTRE,
    'Areas without power at once that make an outage of their feeder',
    '判定线路停电的最少同时失电台区数',
  ),
  outageWindowS: setting(
    Type.Integer({ minimum: 10, maximum: 86_400 }),
    300,
    CENTRE,
    'Evidence this close together belongs to one outage, s',
    '停电证据合并时间窗（秒）',
  ),
  outageMinDownS: setting(
    Type.Integer({ minimum: 0, maximum: 3600 }),
    60,
    CENTRE,
    'Shorter interruptions are reclosures of a breaker and no outage, s',
    '短于此时长的失电视为重合闸，不计停电（秒）',
  ),
  outageUnconfirmedMinutes: setting(
    Type.Integer({ minimum: 5, maximum: 1440 }),
    120,
    CENTRE,
    'What nothing has confirmed for this long was no outage, min',
    '疑似停电超过此时长仍未证实则撤销（分钟）',
  ),
  outagePlannedSlackMinutes: setting(
    Type.Integer({ minimum: 0, maximum: 240 }),
    15,
    CENTRE,
    'Announced work may begin this much early; supply that is missing this long after its end is overdue, min',
    '计划停电允许提前的时长；超过计划结束此时长仍未复电为超期（分钟）',
  ),
  outageProbe: setting(
    Flag,
    true,
    CENTRE,
    'Read some meters live before an outage is confirmed or closed',
    '停电确认与复电判定前自动召测部分电表',
  ),
  outageProbeSample: setting(
    Type.Integer({ minimum: 1, maximum: 100 }),
    6,
    CENTRE,
    'Meters that are read live for one outage at a time',
    '每起停电每次召测的电表数',
  ),
  outageProbesAtOnce: setting(
    Type.Integer({ minimum: 1, maximum: 10_000 }),
    200,
    CENTRE,
    'Most live reads for outages that are on their way at once',
    '停电自动召测同时进行的上限',
  ),
  outageProbesPerMinute: setting(
    Type.Integer({ minimum: 1, maximum: 100_000 }),
    600,
    CENTRE,
    'Most live reads for outages in a minute',
    '停电自动召测每分钟上限',
  ),
  outageStormMetersPerMinute: setting(
    Type.Integer({ minimum: 10, maximum: 1_000_000 }),
    1000,
    CENTRE,
    'More meters than this going dark in a minute are a storm: then only bell-wether meters are read live',
    '每分钟失电电表超过此数视为大面积停电，仅召测代表性电表',
  ),
} as const;
