import type { AreaStatus } from '#contract/registry.ts';
import type { LossState, LossWhy } from '#domain/line-loss/loss.ts';

const STATES: Readonly<Record<LossState, string>> = {
  qualified: '合格 qualified',
  high: '高损 high',
  negative: '负损 negative',
  uncomputable: '不可算 uncomputable',
};

const STATUSES: Readonly<Record<AreaStatus, string>> = {
  running: '运行 running',
  stopped: '停运 stopped',
  removed: '拆除 removed',
};

const WHYS: Readonly<Record<LossWhy, string>> = {
  area_removed: '台区已拆除 area removed',
  area_stopped: '台区停运 area stopped',
  area_changed: '当日投停 area started or stopped within the day',
  no_supply_meter: '无总表 no supply meter',
  supply_gap: '当日部分时段无总表 no supply meter for a part of the day',
  supply_missing: '总表示值缺失 supply register missing',
  supply_estimated: '总表示值为估算 supply register estimated',
  supply_export_missing: '总表反向示值缺失 export of the supply meter missing',
  generation_missing: '发电上网示值缺失 export of a generator missing',
  topology_changed: '当日装拆未登记示值 meter came or went without its register',
  no_customers: '无用户表 no customers',
  no_supply: '供电量不大于零 nothing supplied',
  low_success: '采集成功率不足 too few customers read',
  not_kept: '未保存 not kept',
  not_over: '尚未结束 not over yet',
};

export function textOfState(state: LossState): string {
  return STATES[state];
}

export function textOfStatus(status: AreaStatus): string {
  return STATUSES[status];
}

export function textOfWhy(why: LossWhy): string {
  return WHYS[why];
}

/** What the figures mean. */
export const DEFINITIONS: readonly { readonly name: string; readonly zh: string; readonly en: string }[] = [
  {
    name: 'supplied',
    zh: '供电量 = Σ总表（正向 − 反向）× 综合倍率 + Σ分布式电源上网 × 倍率；两侧均取 0 点冻结（同期）。',
    en: 'Supply meters, import − export, plus the export of generators, each × CT×PT; freezes of 00:00 on both sides.',
  },
  {
    name: 'sold',
    zh: '售电量 = Σ用户表正向 × 倍率，含发电户自用下网电量；按装拆记录计入所在台区。',
    en: 'Import of customers × ratio, generators included, in the area where the meter hung meanwhile.',
  },
  {
    name: 'lost, rate',
    zh: '损失 = 供 − 售；线损率 = 损失 ÷ 供电量。只累加可算日；月 = 日之和，线路、供电所 = 台区之和。',
    en: 'Supplied − sold, and ÷ supplied. Only computable days are added; a month is the sum of its days, a district of its areas.',
  },
  {
    name: 'computable',
    zh: '总表两侧示值齐全且非估算、供电量大于零、用户实采率达标，否则为不可算并注明原因。',
    en: 'Supply registers at both ends and no estimates, supply above zero, enough customers read; else the reason is given.',
  },
  {
    name: 'lower bound',
    zh: '仍有用户缺示值且未估算：售电量为下限，损失为上限。',
    en: 'Customers without reading or estimate remain: sold is a lower bound, lost an upper one.',
  },
  {
    name: 'qualified rate',
    zh: '合格率 = 合格台区 ÷ 运行台区。',
    en: 'Qualified ÷ running areas, running ones counted.',
  },
  {
    name: 'monitoring rate',
    zh: '在线监测率 = 总表两侧示值齐全的台区日 ÷ 运行台区日。',
    en: 'Area days on which the supply meters were read at both ends ÷ days of the running areas.',
  },
  {
    name: 'coverage, success rate',
    zh: '覆盖率 = 已纳入采集户 ÷ 应采户；示值采集成功率 = 两侧实采户 ÷ 应采户，向下取两位小数。',
    en: 'Customers planned for collection, and those read at both ends, ÷ customers that owe an energy; rounded down.',
  },
  {
    name: 'not covered, zero energy',
    zh: '未覆盖 = 无总表或无纳入采集的用户；零电量台区 = 总表已采且电量为零。',
    en: 'No supply meter or no customer planned for collection; supply meter read and nothing counted.',
  },
  {
    name: '费控成功率',
    zh: '本系统不执行费控，不统计。',
    en: 'Remote disconnection is not done here, so its success is not counted.',
  },
];
