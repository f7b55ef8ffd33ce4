import { QUARTERS } from '../clock/local-time.ts';

/** Number of import rates: 1 尖 (sharp peak), 2 峰 (peak), 3 平 (flat), 4 谷 (valley). */
export const RATES = 4;

/** Rate by local hour, as a provincial price table for residents and small business would set it. */
const RATE_OF_HOUR = [4, 4, 4, 4, 4, 4, 4, 3, 2, 2, 2, 3, 3, 3, 3, 2, 2, 2, 3, 1, 1, 3, 3, 4] as const;

/** Index 0..3 of the rate of each quarter hour of the day. */
export const RATE_OF_QUARTER = Uint8Array.from(
  { length: QUARTERS },
  (_, quarter) => (RATE_OF_HOUR[quarter >> 2] ?? 1) - 1,
);
