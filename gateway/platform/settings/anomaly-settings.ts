import { Type } from 'typebox';
import { Port, setting } from './setting.ts';

const ANOMALIES = ['standalone', 'anomalies'] as const;

/** What is looked for in the curves, days and events of the meters. Thresholds of single rules: GET /code-lists/anomaly-rules. */
export const ANOMALY_SETTINGS = {
  stoppedMinWh: setting(
    Type.Integer({ minimum: 1 }),
    400,
    ANOMALIES,
    'A register that stands still while this much energy flowed is a stopped meter, Wh',
    '停走判据：示值不变而功率积分达到的电量（Wh）',
  ),
  anomalyWaitS: setting(
    Type.Integer({ minimum: 0, maximum: 7200 }),
    180,
    ANOMALIES,
    'A point of a curve is judged so long after its slot, s; what comes later is judged again',
    '负荷曲线点在时点之后多久开始研判（秒）；迟到的点会重新研判',
  ),
  anomalyStatesS: setting(
    Type.Integer({ minimum: 60, maximum: 86_400 }),
    900,
    ANOMALIES,
    'How often relays, clocks and batteries are looked at, s',
    '继电器、时钟、电池状态的检查间隔（秒）',
  ),
  anomaliesMetricsPort: setting(
    Port,
    0,
    ['anomalies'],
    'Port for /metrics of the anomalies process; 0 = none',
    '异常研判进程的监控端口；0 为不开',
  ),
} as const;
