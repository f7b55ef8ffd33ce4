import { hexText } from '../data-format.ts';
import { type DataDescription, type DiNumbers, open, part } from './description.ts';

const CLASSES = [
  { zh: '全部', en: 'all classes' },
  { zh: '第1类（电压、电流、频率）', en: 'class 1 (voltage, current, frequency)' },
  { zh: '第2类（有功、无功功率）', en: 'class 2 (active and reactive power)' },
  { zh: '第3类（功率因数）', en: 'class 3 (power factor)' },
  { zh: '第4类（电能）', en: 'class 4 (energies)' },
  { zh: '第5类（四象限无功电能）', en: 'class 5 (quadrant energies)' },
  { zh: '第6类（当前需量）', en: 'class 6 (present demand)' },
] as const;

const WHICH = [
  { zh: '最早负荷记录块', en: 'earliest records' },
  { zh: '给定时间负荷记录块', en: 'records from a given time' },
  { zh: '最近一个负荷记录块', en: 'latest record' },
] as const;

/** Load profile `06 DI2 00 DI0` (DL/T 645-2007 appendix B). Its records are taken apart by `parseLoadProfile`. */
export function describeLoadProfile(di: string, [, di2, di1, di0]: DiNumbers): DataDescription | null {
  const kind = CLASSES[di2];
  const which = WHICH[di0];
  if (!kind || !which || di1 !== 0) return null;
  const name = { zh: `${kind.zh}${which.zh}`, en: `load profile, ${kind.en}: ${which.en}` };
  return open(di, name, [part({ zh: '负荷记录', en: 'record' }, hexText(1))], 0);
}
