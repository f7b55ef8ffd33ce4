import { backAt } from './ladder.ts';
import { saidTime } from './said-time.ts';
import type { Bilingual, Finding, Incident, TriageInput } from './triage-types.ts';
import { unknownScript } from './unknown-scripts.ts';

/**
 * What the agent may say, in both languages. A time of restoration is told only when dispatch has entered one, and never
 * as a promise. It claims no more than the evidence: an outage upstream of a meter that was not heard of is told as just
 * that, and one that is not confirmed as something that is being checked.
 */
export function scriptFor(input: TriageInput, finding: Finding): Bilingual {
  const { outage } = finding;
  switch (finding.verdict) {
    case 'gridOutage':
      return outage ? gridScript(input, finding, outage) : offScript(finding);
    case 'plannedOutage':
      return plannedScript(input, finding);
    case 'arrearsDisconnected':
      return finding.hint === 'paid' ? PAID : OWING;
    case 'partialPhase':
      return joined(partialScript(input, outage), outage ? expected(input, outage) : null);
    case 'restored':
      return restoredScript(finding, saidTime(input, (outage && backAt(outage)) ?? input.now));
    case 'customerSide':
      return finding.hint === 'noLoad' ? NO_LOAD : CUSTOMER_SIDE;
    case 'unknown':
      return unknownScript(input, finding);
  }
}

const OWING: Bilingual = {
  zh: '系统显示您的用电因欠费已停，缴清电费后将恢复供电，线路本身没有故障。',
  en: 'Supply was disconnected because of arrears. It returns when the bill is paid; the network is not at fault.',
};
const PAID: Bilingual = {
  zh: '您的电费已缴清，电能表尚未合闸，我们正在办理复电，线路本身没有故障。',
  en: 'Your bill is paid and the meter is still switched off. Reconnection is under way; the network is not at fault.',
};
const CUSTOMER_SIDE: Bilingual = {
  zh: '电能表处电压正常，供电没有中断。请检查家中总开关和漏电保护器；如无法合上，请联系电工。',
  en: 'The meter has normal voltage, so supply reaches you. Please check your main switch and residual-current device; if it trips again, call an electrician.',
};
const NO_LOAD: Bilingual = {
  zh: '电能表处电压正常，供电没有中断，但表后没有电流，很可能是家中总开关或漏电保护器已断开。请检查；如无法合上，请联系电工。',
  en: 'The meter has normal voltage, so supply reaches you, but no current flows behind it: your main switch or residual-current device is probably open. Please check; if it trips again, call an electrician.',
};

/** Without a voltage of the meter itself it was its neighbours that told. */
function offScript({ missing }: Finding): Bilingual {
  return missing.includes('freshVoltage') ? NEIGHBOURS_OFF : METER_OFF;
}

const METER_OFF: Bilingual = {
  zh: '您的电能表报告表前无电压，问题在供电侧，我们安排人员核实处理。',
  en: 'Your meter reports that no voltage reaches it. The fault is on our side of the meter; we send somebody to look.',
};
const NEIGHBOURS_OFF: Bilingual = {
  zh: '您附近的电能表报告无电压，很可能是供电侧的问题，您的电能表没有应答。我们安排人员核实。',
  en: 'Meters near you report that they have no voltage, so the fault is probably on our side; your own meter does not answer. We send somebody to look.',
};

function gridScript(input: TriageInput, { confidence }: Finding, outage: Incident): Bilingual {
  const time = saidTime(input, outage.startedAt);
  const said: Bilingual =
    confidence === 'low'
      ? {
          zh: `您所在区域自 ${time} 起有停电，是否影响您家尚未核实，我们正在确认。`,
          en: `There is an outage in your area since ${time}. Whether it is the cause at your address is not confirmed yet; we are checking.`,
        }
      : {
          zh: `您家所在区域自 ${time} 起停电，原因在电网侧，我们已经知道并安排处理，您无需检查家中线路。`,
          en: `Your area has been without supply since ${time}. The cause is in our network, we know of it and are working on it; you need not check your installation.`,
        };
  return joined(joined(said, causeOf(outage)), expected(input, outage));
}

/** The cause in the words of dispatch, which are in one language. */
function causeOf({ notes }: Incident): Bilingual | null {
  const text = notes.cause?.text ?? '';
  return text === '' ? null : { zh: `原因：${text}。`, en: `Cause as noted by dispatch: ${text}.` };
}

/** The expected time that dispatch has entered last, or null when there is none, or it was withdrawn. */
function expected(input: TriageInput, { notes }: Incident): Bilingual | null {
  const at = notes.expected?.expectedAt ?? null;
  if (at === null) return null;
  const time = saidTime(input, at);
  return at > input.now
    ? { zh: `预计 ${time} 恢复，以现场情况为准。`, en: `Supply is expected back at ${time}; that may change.` }
    : {
        zh: `原预计 ${time} 恢复，目前没有新的时间。`,
        en: `It was expected back at ${time}; there is no newer time yet.`,
      };
}

function joined(first: Bilingual, second: Bilingual | null): Bilingual {
  return second ? { zh: `${first.zh}${second.zh}`, en: `${first.en} ${second.en}` } : first;
}

function plannedScript(input: TriageInput, { planned, outage, hint }: Finding): Bilingual {
  const window = planned && { from: saidTime(input, planned.from), to: saidTime(input, planned.to) };
  const said: Bilingual = window
    ? {
        zh: `您所在区域正在进行计划停电检修，公告时间为 ${window.from} 至 ${window.to}。`,
        en: `Planned work interrupts supply in your area; it was announced from ${window.from} to ${window.to}.`,
      }
    : {
        zh: '您所在区域正在进行计划停电检修，请以停电公告的时间为准。',
        en: 'Planned work interrupts supply in your area; the times are those of the announcement.',
      };
  const late: Bilingual | null =
    hint === 'overrun' ? { zh: '检修时间超过了公告的时间。', en: 'The work is taking longer than announced.' } : null;
  return joined(joined(said, late), outage ? expected(input, outage) : null);
}

function partialScript(input: TriageInput, outage: Incident | null): Bilingual {
  const time = outage ? saidTime(input, outage.startedAt) : null;
  return {
    zh: `监测到缺相${time ? `，自 ${time} 起` : ''}，部分电器无法使用。请暂停使用三相设备，我们安排处理。`,
    en: `One phase is missing${time ? ` since ${time}` : ''}, so part of the installation has no supply. Please do not run three-phase machines; we take care of it.`,
  };
}

function restoredScript({ missing }: Finding, time: string): Bilingual {
  const known = { zh: `您家所在区域的停电已于 ${time} 恢复。`, en: `The outage in your area ended at ${time}.` };
  return joined(
    known,
    missing.length === 0
      ? {
          zh: '您的电能表电压正常，如仍无电请检查家中开关。',
          en: 'Your meter has normal voltage; if you still have no supply, please check your switches.',
        }
      : {
          zh: '您的电能表尚未核实，如仍无电，我们安排核查。',
          en: 'Your own meter has not confirmed it yet; if you still have no supply, we will check.',
        },
  );
}
