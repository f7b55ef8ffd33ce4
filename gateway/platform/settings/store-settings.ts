import { Type } from 'typebox';
import { Id } from '#contract/ids.ts';
import { CENTRE, CENTRE_AND_API, Days, setting, Text } from './setting.ts';

const Months = Type.Integer({ minimum: 0, maximum: 1200 });

/** Where readings are kept, and how long. */
export const STORE_SETTINGS = {
  readingStore: setting(
    Type.Enum(['sqlite', 'influx']),
    'sqlite',
    CENTRE_AND_API,
    'Where readings are kept: embedded files under the data folder, or InfluxDB',
    '示值存储：数据目录内嵌文件，或 InfluxDB',
  ),
  influxUrl: setting(
    Text,
    'http://127.0.0.1:8086',
    CENTRE_AND_API,
    'InfluxDB, as http://host:port or https://host:port',
    'InfluxDB 地址',
  ),
  influxVersion: setting(
    Type.Enum(['1', '2', '3']),
    '2',
    CENTRE_AND_API,
    'Its major version: 1 takes user and password, 2 and 3 a token',
    'InfluxDB 主版本：1 用用户名与密码，2 和 3 用令牌',
  ),
  influxDatabase: setting(
    Id,
    'meterway',
    CENTRE_AND_API,
    'Database or bucket of freezes and events; curves go to the one of this name with _curve',
    '冻结与事件所用数据库（bucket）；曲线存入同名加 _curve 的库',
  ),
  influxOrg: setting(Text, 'meterway', CENTRE_AND_API, 'Organisation, of version 2 only', '组织名，仅 2.x'),
  influxUsername: setting(Text, '', CENTRE_AND_API, 'User, of version 1 only', '用户名，仅 1.x'),
  influxPassword: setting(Text, '', CENTRE_AND_API, 'Password, of version 1 only', '密码，仅 1.x', true),
  influxToken: setting(Text, '', CENTRE_AND_API, 'Token, of versions 2 and 3', '令牌，2.x 与 3.x', true),
  keepCurveMonths: setting(
    Months,
    13,
    CENTRE_AND_API,
    'Months for which curves and present values are kept; 0 = for ever',
    '曲线与实时值保留月数；0 为永久',
  ),
  keepFreezeMonths: setting(
    Months,
    60,
    CENTRE_AND_API,
    'Months for which freezes and events are kept; 0 = for ever',
    '冻结与事件保留月数；0 为永久',
  ),
  archiveAfterDays: setting(
    Days,
    70,
    CENTRE,
    'Days after its end when a month of the embedded store is packed into Parquet; meters keep freezes for up to 62. 0 = never',
    '内嵌存储的月份结束多少天后压缩为 Parquet（表内冻结最多保留 62 天）；0 为不压缩',
  ),
  hourlyAfterDays: setting(
    Days,
    35,
    CENTRE,
    'InfluxDB: days after which the hourly values of curves are written, to be kept as long as freezes; 0 = never',
    'InfluxDB：多少天后生成曲线的小时值（与冻结同期保留）；0 为不生成',
  ),
} as const;
