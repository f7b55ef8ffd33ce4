import { saidTime } from './said-time.ts';
import type { Bilingual, Finding, Hint, Missing, TriageInput } from './triage-types.ts';

export const MISSING_TEXTS: Readonly<Record<Missing, Bilingual>> = {
  freshVoltage: { zh: '20 分钟内的电压', en: 'a voltage of the last 20 minutes' },
  relayState: { zh: '继电器状态', en: 'the state of the relay' },
  meterPhase: { zh: '电能表所接相别', en: 'the phase the meter hangs on' },
  arrearsOrder: { zh: '继电器断开的原因（停电工单）', en: 'why the relay is open (disconnection order)' },
  communication: { zh: '与电能表的通信', en: 'communication with the meter' },
  confirmation: { zh: '停电是否属实', en: 'whether there is an outage' },
  neighbours: { zh: '邻近电能表的情况', en: 'what meters nearby show' },
};

const HINT_TEXTS: Readonly<Partial<Record<Hint, Bilingual>>> = {
  communication: {
    zh: '电能表的通信有故障，目前看不到您家的供电情况，这本身不说明停电。',
    en: 'Communication with your meter has failed, so we cannot see your supply. That alone does not mean an outage.',
  },
  serviceOrMeter: {
    zh: '附近用户有电，而您的电能表没有应答，可能是接户线或电能表的问题。我们安排人员到现场检查。',
    en: 'Your neighbours have supply and your meter does not answer. The wire to your house or the meter may be at fault. We send somebody to look.',
  },
  probableGrid: {
    zh: '您和附近用户的电能表都没有应答，可能是停电，也可能是通信故障，尚未证实。我们正在核实。',
    en: 'Neither your meter nor those nearby answer. It may be an outage or a failure of communication; that is not confirmed. We are checking.',
  },
};

/** What may be said when nothing decides the case: what is known, that it is not certain, and what is missing. */
export function unknownScript(input: TriageInput, { hint, outage, missing }: Finding): Bilingual {
  if (hint === 'beingChecked' && outage) {
    const time = saidTime(input, outage.startedAt);
    return {
      zh: `自 ${time} 起您附近有停电的迹象，我们正在核实，目前还不能确定。`,
      en: `Since ${time} there are signs of trouble with the supply near you. We are checking; it is not certain yet.`,
    };
  }
  const known = hint ? HINT_TEXTS[hint] : undefined;
  if (missing.length === 0) {
    return (
      known ?? {
        zh: '目前的数据不足以判断原因，我们将为您登记并核查。',
        en: 'The data at hand do not tell the cause. We record your call and check.',
      }
    );
  }
  const names = (language: 'zh' | 'en', between: string): string =>
    missing.map((what) => MISSING_TEXTS[what][language]).join(between);
  return {
    zh: `${known?.zh ?? ''}目前无法判断原因，缺少：${names('zh', '、')}。我们将为您登记并核查。`,
    en: `${known ? `${known.en} ` : ''}The cause cannot be told yet; missing: ${names('en', ', ')}. We record your call and check.`,
  };
}
