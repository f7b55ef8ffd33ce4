import { type Static, Type } from 'typebox';
import { Id } from '#contract/ids.ts';
import { ANOMALY_SETTINGS } from './anomaly-settings.ts';
import { BROKER_SETTINGS } from './broker-settings.ts';
import { EVENT_SETTINGS } from './event-settings.ts';
import { FIGURES_SETTINGS } from './figures-settings.ts';
import { OUTAGE_SETTINGS } from './outage-settings.ts';
import { RELIABILITY_SETTINGS } from './reliability-settings.ts';
import { CENTRE, Days, Flag, Port, PROGRAMS, setting, Text } from './setting.ts';
import { STORE_SETTINGS } from './store-settings.ts';

/**
 * Every setting of every program. The variable is METERWAY_ and the key in capitals (`apiPort`: METERWAY_API_PORT);
 * in a configuration file (METERWAY_CONFIG) the key itself stands.
 */
export const SETTINGS = {
  dataDir: setting(Text, './data', PROGRAMS, 'Folder of stores, spool and keys', '存储、缓存与密钥目录'),
  logLevel: setting(
    Type.Enum(['trace', 'debug', 'info', 'warn', 'error']),
    'info',
    PROGRAMS,
    'Least level that is logged',
    '日志级别',
  ),
  siteFile: setting(
    Text,
    '',
    CENTRE,
    'Site file with areas, lines, meters and tasks; empty in `npm start`: the simulated district',
    '站点文件（台区、链路、表计、任务）；`npm start` 下留空为模拟供电所',
  ),
  ...STORE_SETTINGS,
  apiHost: setting(Text, '127.0.0.1', ['standalone', 'api'], 'Address the API listens on', 'API 监听地址'),
  apiPort: setting(Port, 8080, ['standalone', 'api'], 'Port of the API', 'API 端口'),
  apiPublicPage: setting(
    Flag,
    true,
    ['standalone', 'api'],
    'Show the page of figures at / without a key; it holds totals only',
    '首页免密钥显示汇总数字（不含用户数据）',
  ),
  apiRatePerMinute: setting(
    Type.Integer({ minimum: 1 }),
    1200,
    ['standalone', 'api'],
    'Requests allowed per key and minute; without a valid key, per address',
    '每密钥每分钟请求上限；无有效密钥时按地址计',
  ),
  apiCursorSecret: setting(
    Text,
    '',
    ['standalone', 'api'],
    'Signs the cursors of lists; needed when several APIs share the requests. Empty: a random one for each start',
    '列表游标签名密钥；多个 API 实例时需相同，留空为每次启动随机',
    true,
  ),
  ...BROKER_SETTINGS,
  district: setting(Id, 'district', ['collector'], 'District the collector belongs to', '采集程序所属供电所'),
  collectorId: setting(Id, 'collector', ['collector'], 'Id of the collector', '采集程序编号'),
  uplinkWindow: setting(
    Type.Integer({ minimum: 1, maximum: 64 }),
    8,
    ['collector'],
    'Envelopes sent and not yet committed',
    '未确认报文窗口',
  ),
  uplinkResendMs: setting(
    Type.Integer({ minimum: 500, maximum: 600_000 }),
    10_000,
    ['collector'],
    'Without a new commit for this long, everything un-acked is sent again',
    '超过此时间无新确认则重发',
  ),
  spoolCommitMs: setting(
    Type.Integer({ minimum: 1, maximum: 5000 }),
    100,
    ['collector'],
    'Longest wait before results are written to the spool together',
    '缓存合并写入的最长等待',
  ),
  spoolMaxMb: setting(
    Type.Integer({ minimum: 8, maximum: 1_000_000 }),
    2048,
    ['collector'],
    'Most that the spool takes of the disk, MB; beyond, what is committed goes first, then the oldest curves, freezes last',
    '缓存占用磁盘上限（MB）；超出时先删已确认数据，再删最旧曲线，冻结最后',
  ),
  spoolMaxDays: setting(
    Days,
    0,
    ['collector'],
    'Results that the centre has not taken within this many days are dropped, freezes excepted; 0 = never',
    '中心多少天仍未接收的结果予以丢弃（冻结除外）；0 为不丢弃',
  ),
  spoolKeepDays: setting(
    Days,
    7,
    ['collector'],
    'Days for which committed results stay in the spool, for a centre that was restored from a backup',
    '已确认结果在缓存中保留的天数，供中心从备份恢复后补传',
  ),
  ...OUTAGE_SETTINGS,
  ...EVENT_SETTINGS,
  ...RELIABILITY_SETTINGS,
  ...FIGURES_SETTINGS,
  ...ANOMALY_SETTINGS,
  gatewayMetricsPort: setting(
    Port,
    0,
    ['gateway'],
    'Port for /metrics of the gateway; 0 = none',
    '网关指标端口；0 为不开',
  ),
  collectorMetricsPort: setting(
    Port,
    0,
    ['collector'],
    'Port for /metrics of the collector; 0 = none',
    '采集程序指标端口；0 为不开',
  ),
  dialInHost: setting(
    Text,
    '0.0.0.0',
    ['collector'],
    'Address on which concentrators dial in; their login is no password, so let only their network reach it',
    '集中器接入的监听地址；登录帧不含密码，应只对其专网开放',
  ),
  addressMetrics: setting(
    Type.Integer({ minimum: 0, maximum: 1_000_000 }),
    2000,
    ['collector'],
    'Metrics tell of each address while a collector reads at most this many; beyond, of its lines only',
    '电表数不超过此值时逐表输出指标，超过则只输出链路指标',
  ),
  metricsHost: setting(
    Text,
    '127.0.0.1',
    ['gateway', 'figures', 'anomalies', 'collector'],
    'Address the metrics ports listen on',
    '指标监听地址',
  ),
  simulation: setting(
    Flag,
    false,
    PROGRAMS,
    'The meters are simulated: every page says so. Set by `npm start` without a site file',
    '表计为模拟，页面会注明；由 `npm start` 自动设置',
  ),
  failpoint: setting(
    Text,
    '',
    ['standalone', 'gateway', 'figures', 'anomalies', 'collector'],
    'For fault tests of simulated runs only: name:n, the place at which the process kills itself the n-th time',
    '仅用于模拟运行的故障测试：name:n，第 n 次到达该处时进程自杀',
  ),
  clockOffsetMs: setting(
    Type.Integer(),
    0,
    PROGRAMS,
    'Shift of the wall clock, for simulated runs only',
    '模拟运行的时钟偏移（毫秒）',
  ),
} as const;

export type SettingKey = keyof typeof SETTINGS;
export type Settings = { readonly [K in SettingKey]: Static<(typeof SETTINGS)[K]['schema']> };

/** `apiPort` → `METERWAY_API_PORT`. */
export function variableOf(key: string): string {
  return `METERWAY_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
