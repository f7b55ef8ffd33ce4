import { dateOf, isoLocal } from '#contract/zone.ts';
import type { Bilingual, Finding, Missing, TriageInput } from './triage-types.ts';

export const MISSING_TEXTS: Readonly<Record<Missing, Bilingual>> = {
  freshVoltage: { zh: '20 分钟内的电压', en: 'a voltage of the last 20 minutes' },
  relayState: { zh: '继电器状态', en: 'the state of the relay' },
  meterPhase: { zh: '电能表所接相别', en: 'the phase the meter hangs on' },
  arrearsOrder: { zh: '继电器断开的原因（停电工单）', en: 'why the relay is open (disconnection order)' },
  communication: { zh: '与电能表的通信', en: 'communication with the meter' },
};

/**
 * What the agent may say, in both languages. It promises no time of restoration, because none is known here, and it
 * claims no more than the evidence: an outage upstream of a meter that was not heard of is told as just that.
 */
export function scriptFor(input: TriageInput, finding: Finding): Bilingual {
  const { outage } = finding;
  switch (finding.verdict) {
    case 'gridOutage':
      return outage ? gridScript(finding, since(input, outage.startedAt)) : METER_OFF;
    case 'plannedOutage':
      return {
        zh: '您所在区域正在进行计划停电检修，请以停电公告的时间为准。',
        en: 'Planned work interrupts supply in your area; the times are those of the announcement.',
      };
    case 'arrearsDisconnected':
      return {
        zh: '系统显示您的用电因欠费已停，缴清电费后将恢复供电，线路本身没有故障。',
        en: 'Supply was disconnected because of arrears. It returns when the bill is paid; the network is not at fault.',
      };
    case 'partialPhase':
      return {
        zh: `监测到缺相${outage ? `，自 ${since(input, outage.startedAt)} 起` : ''}，部分电器无法使用。请暂停使用三相设备，我们安排处理。`,
        en: `One phase is missing${outage ? ` since ${since(input, outage.startedAt)}` : ''}, so part of the installation has no supply. Please do not run three-phase machines; we take care of it.`,
      };
    case 'restored':
      return restoredScript(finding, since(input, outage?.restoredAt ?? input.now));
    case 'customerSide':
      return {
        zh: '电能表处电压正常，供电没有中断。请检查家中总开关和漏电保护器；如无法合上，请联系电工。',
        en: 'The meter has normal voltage, so supply reaches you. Please check your main switch and residual-current device; if it trips again, call an electrician.',
      };
    case 'unknown':
      return unknownScript(finding);
  }
}

const METER_OFF: Bilingual = {
  zh: '您的电能表报告表前无电压，问题在供电侧，我们安排人员核实处理。',
  en: 'Your meter reports that no voltage reaches it. The fault is on our side of the meter; we send somebody to look.',
};

function gridScript({ confidence }: Finding, time: string): Bilingual {
  if (confidence === 'low') {
    return {
      zh: `您所在台区自 ${time} 起有停电，是否影响您家尚未核实，我们正在确认。`,
      en: `There is an outage in your area since ${time}. Whether it is the cause at your address is not confirmed yet; we are checking.`,
    };
  }
  return {
    zh: `您所在台区自 ${time} 起停电，原因在电网侧，我们已经知道并安排处理，您无需检查家中线路。`,
    en: `Your area has been without supply since ${time}. The cause is in our network, we know of it and are working on it; you need not check your installation.`,
  };
}

function restoredScript({ missing }: Finding, time: string): Bilingual {
  const known = {
    zh: `您所在台区的停电已于 ${time} 恢复。`,
    en: `The outage in your area ended at ${time}.`,
  };
  return missing.length === 0
    ? {
        zh: `${known.zh}您的电能表电压正常，如仍无电请检查家中开关。`,
        en: `${known.en} Your meter has normal voltage; if you still have no supply, please check your switches.`,
      }
    : {
        zh: `${known.zh}您的电能表尚未核实，如仍无电，我们安排核查。`,
        en: `${known.en} Your own meter has not confirmed it yet; if you still have no supply, we will check.`,
      };
}

function unknownScript({ missing }: Finding): Bilingual {
  const names = (language: 'zh' | 'en', between: string): string =>
    missing.map((what) => MISSING_TEXTS[what][language]).join(between);
  return missing.length === 0
    ? {
        zh: '目前的数据不足以判断原因，我们将为您登记并核查。',
        en: 'The data at hand do not tell the cause. We record your call and check.',
      }
    : {
        zh: `目前无法判断原因，缺少：${names('zh', '、')}。我们将为您登记并核查。`,
        en: `The cause cannot be told yet; missing: ${names('en', ', ')}. We record your call and check.`,
      };
}

/** Local time, with the date when it is not today's. */
function since({ zone, now }: TriageInput, at: number): string {
  const text = isoLocal(zone, at);
  return dateOf(zone, at) === dateOf(zone, now) ? text.slice(11, 16) : `${text.slice(5, 10)} ${text.slice(11, 16)}`;
}
