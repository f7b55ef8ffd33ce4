import { Type } from 'typebox';
import { setting } from './setting.ts';

/** What counts as an interruption in the figures of reliability. */
export const RELIABILITY_SETTINGS = {
  sustainedInterruptionMin: setting(
    Type.Number({ minimum: 0, maximum: 60 }),
    1,
    ['standalone', 'api'],
    'Interruptions of supply that last no longer than this do not count in SAIDI, SAIFI and CAIDI, minutes; meters record none shorter than 1',
    '停电持续时间不超过此值（分钟）的不计入 SAIDI、SAIFI、CAIDI；电能表不记录短于 1 分钟的停电',
  ),
} as const;
