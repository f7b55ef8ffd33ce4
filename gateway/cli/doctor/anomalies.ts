import { isLockHeld } from '#platform/sqlite/lock.ts';
import { anomaliesLockOf } from '../../anomalies/lock-file.ts';
import { type Check, fault, ok } from './check.ts';

const anomalies: Check = {
  name: 'anomalies',
  deadlineMs: 5000,
  late: 'warning',
  run: async ({ dataDir }) => {
    if (isLockHeld(anomaliesLockOf(dataDir))) return [ok('the anomalies process is running')];
    return [
      fault(
        'no anomalies process is running',
        'start gateway/anomalies/main.ts; until then no abnormal use is found and none is closed',
      ),
    ];
  },
};

export const ANOMALY_CHECKS: readonly Check[] = [anomalies];
