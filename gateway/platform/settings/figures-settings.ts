import { Type } from 'typebox';
import { Days, Port, setting } from './setting.ts';

const Percent = Type.Number({ minimum: -100, maximum: 100 });
const FIGURES = ['standalone', 'figures'] as const;
const FIGURES_AND_API = ['standalone', 'figures', 'api'] as const;

/** What is worked out of the readings: figures, validation, estimates, billing batches, line loss. */
export const FIGURES_SETTINGS = {
  dayCloseAt: setting(
    Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$' }),
    '24:00',
    FIGURES,
    'Local time at which the figures of a day are fixed as reported; before 24:00 on the day itself',
    '日指标上报固定时刻（当地时间）；24:00 为次日零点',
  ),
  keepFiguresDays: setting(
    Days,
    400,
    FIGURES,
    'Days for which figures are kept; 0 = for ever',
    '指标保留天数；0 为永久',
  ),
  targetSuccessRate: setting(
    Type.Number({ minimum: 0, maximum: 100 }),
    99.5,
    FIGURES_AND_API,
    'Success rate that the day is held against, per cent',
    '采集成功率目标值（%）',
  ),
  estimateMissing: setting(
    Type.Boolean(),
    true,
    FIGURES,
    'Estimate freezes that are missing when their day is closed; estimates stand beside the readings, never in them',
    '日关闭时对缺失冻结进行估算（单独保存，不覆盖示值）',
  ),
  lossHighPercent: setting(
    Percent,
    6,
    FIGURES_AND_API,
    'Line loss of an area above this share of its supply is high, per cent',
    '台区线损率高于此值为高损（%）',
  ),
  lossNegativePercent: setting(
    Percent,
    -1,
    FIGURES_AND_API,
    'Line loss below this is negative, per cent',
    '台区线损率低于此值为负损（%）',
  ),
  lossMinSuccessPercent: setting(
    Type.Number({ minimum: 0, maximum: 100 }),
    95,
    ['standalone', 'figures', 'anomalies', 'api'],
    'An area of whose meters less than this share was read has no line loss that can be told, per cent',
    '台区客户表采集成功率低于此值时线损不可算（%）',
  ),
  lossJumpPercent: setting(
    Type.Number({ minimum: 0, maximum: 1000 }),
    30,
    FIGURES_AND_API,
    'A change of the lost energy against the day before by more than this share is a jump, per cent',
    '损失电量较前一日变化超过此比例为突变（%）',
  ),
  figuresMetricsPort: setting(
    Port,
    0,
    ['figures'],
    'Port for /metrics of the figures process; 0 = none',
    '指标进程的监控端口；0 为不开',
  ),
} as const;
