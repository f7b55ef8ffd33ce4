import type { AnomalyRule } from '#contract/anomaly.ts';

/** `theft_suspected` is a score over many findings, with a catalogue entry of its own. */
export type JudgedRule = Exclude<AnomalyRule, 'theft_suspected'>;

export interface Bilingual {
  readonly zh: string;
  readonly en: string;
}

export interface RuleText {
  readonly name: Bilingual;
  /** What was seen. */
  readonly text: Bilingual;
  /** What the analyst or the field crew should do. */
  readonly action: Bilingual;
}

function text(
  name: readonly [string, string],
  seen: readonly [string, string],
  action: readonly [string, string],
): RuleText {
  const both = ([zh, en]: readonly [string, string]): Bilingual => ({ zh, en });
  return { name: both(name), text: both(seen), action: both(action) };
}

const CHECK_WIRING_ZH = '现场核查接线、互感器与联合接线盒，带电测量各相电压电流，并核算追补电量。';
const CHECK_WIRING_EN =
  'On site, check wiring, transformers and the test terminal block, measure each phase under load, and work out the energy to be charged afterwards.';

export const RULE_TEXTS: Readonly<Record<JudgedRule, RuleText>> = {
  registers_unequal: text(
    ['电能表示值不平', 'registers do not add up'],
    ['总示值与各费率示值之和不符，连续两日如此。', 'Total and sum of the rates differ, on two freezes on end.'],
    [
      '召测当前示值复核；仍不平则检定或更换电能表，核对结算示值。',
      'Read the present registers to verify; if they still differ, have the meter tested or replaced and check the billed registers.',
    ],
  ),
  register_flying: text(
    ['电能表飞走', 'register flies'],
    [
      '走字远大于功率积分，或超过表计最大电流所能计量的电量。',
      'The register counts far more than its power explains, or than its largest current can carry.',
    ],
    [
      '暂停按此示值出账，召测复核；现场校验，必要时换表并退补电量。',
      'Hold bills on this register and read again; test on site, replace if need be and correct the energy billed.',
    ],
  ),
  register_reversed: text(
    ['电能表倒走', 'register runs backwards'],
    [
      '正向有功示值变小，且后一个示值予以证实。',
      'The import register is lower than before, and the next one confirms it.',
    ],
    [
      '核对是否换表、清零或档案对应错误；都不是则现场检查接线与电能表。',
      'Look for an exchange, a clearing or a wrong record; if there is none, check wiring and meter on site.',
    ],
  ),
  stopped_meter: text(
    ['电能表停走', 'stopped meter'],
    ['示值不动而功率积分已达限值。', 'The register stands still while energy flows.'],
    [
      '召测示值与功率复核；确认后换表，按功率积分追补电量。',
      'Read register and power to verify; then replace the meter and charge the energy by its power curve.',
    ],
  ),
  out_of_tolerance: text(
    ['电能表误差超差', 'out of tolerance'],
    [
      '连续三个窗口内计量电量与功率积分之差超过额定电量的限值。',
      'Over three windows on end, counted energy and integrated power differ by more than the limit of the rated energy.',
    ],
    [
      '核对变比与采样间隔，安排现场校验或送检。',
      'Check ratio and sampling interval; have the meter tested on site or in the laboratory.',
    ],
  ),
  phase_broken: text(
    ['电压断相', 'phase broken'],
    [
      '一相电压低于 60 % 额定值且无电流，其他相正常。',
      'One phase is below 60 % of its voltage and without current, another has supply.',
    ],
    [
      '检查该相熔断器、接线端子与供电；邻户同相也缺电时按缺相停电处理。',
      'Check fuse, terminals and supply of the phase; if neighbours miss it too, treat it as an outage of that phase.',
    ],
  ),
  voltage_lost: text(
    ['电压失压', 'voltage lost'],
    [
      '一相电压低于 78 % 额定值而有电流，其他相电压正常。',
      'One phase is below 78 % of its voltage while current flows, another is sound.',
    ],
    [CHECK_WIRING_ZH, CHECK_WIRING_EN],
  ),
  voltage_over: text(
    ['过电压', 'voltage too high'],
    ['相电压高于 120 % 额定值。', 'A phase is above 120 % of its voltage.'],
    [
      '立即排查中性线断线与变压器分接开关，防止烧毁用户电器。',
      'Look for a broken neutral and the tap of the transformer at once: appliances may be damaged.',
    ],
  ),
  voltage_under: text(
    ['欠电压', 'voltage too low'],
    ['相电压低于 78 % 额定值。', 'A phase with supply is below 78 % of its voltage.'],
    [
      '核查线路末端压降、接头与负荷，纳入低电压治理。',
      'Check voltage drop at the end of the line, joints and load; put it on the low-voltage list.',
    ],
  ),
  voltage_unbalanced: text(
    ['电压不平衡', 'voltages unbalanced'],
    ['三相电压不平衡率超限。', 'The phases differ too much in voltage.'],
    ['检查中性线与三相负荷分配。', 'Check the neutral and how load is spread over the phases.'],
  ),
  current_lost: text(
    ['电流失流', 'current lost'],
    [
      '同一相有电压而一直无电流，其他相有负荷，累计已达限值时间。',
      'The same phase has voltage but never any current, for as long as the limit says while another carries load.',
    ],
    [CHECK_WIRING_ZH, CHECK_WIRING_EN],
  ),
  current_broken: text(
    ['电流断流', 'currents broken'],
    [
      '经互感器接入的表有电压，各相整日无电流。',
      'A meter on current transformers has voltage but no current in any phase all day.',
    ],
    [
      '核实用户是否停产；否则检查电流互感器二次回路是否短接或开路。',
      'Ask whether the customer has shut down; else check the secondary circuits of the current transformers for a short or a break.',
    ],
  ),
  current_unbalanced: text(
    ['电流不平衡', 'currents unbalanced'],
    ['三相电流不平衡率超限。', 'The phases differ too much in current.'],
    [
      '在台区总表上：调整单相负荷；在用户表上：核查接线与互感器。',
      'At a supply meter: move single-phase loads; at a customer: check wiring and transformers.',
    ],
  ),
  current_over: text(
    ['电流过流', 'current too high'],
    ['相电流超过 1.2 倍最大电流。', 'A phase carries more than 1.2 times the largest current of the meter.'],
    [
      '提醒用户降低负荷或办理增容，更换相应规格的电能表。',
      'Ask the customer to lower the load or apply for more capacity; fit a larger meter.',
    ],
  ),
  load_over: text(
    ['电能表过载', 'load too high for the meter'],
    ['功率超过 1.2 倍表计额定最大功率。', 'Power is above 1.2 times what the meter is made for.'],
    [
      '检查表计与端子温升，办理增容换表。',
      'Check meter and terminals for heat; arrange more capacity and a larger meter.',
    ],
  ),
  reverse_energy: text(
    ['反向电量异常', 'energy fed back'],
    ['非发电用户出现反向电量。', 'A customer who is no generator feeds energy into the grid.'],
    [
      '核查是否私装光伏或接线反接；属发电用户的更正档案。',
      'Look for unregistered photovoltaics or reversed wiring; correct the record of a generator.',
    ],
  ),
  reverse_flow: text(
    ['潮流反向', 'power flows back'],
    [
      '非发电用户的总功率或某相功率为负。',
      'Total power, or that of one phase, is negative at a customer who is no generator.',
    ],
    [
      '某相为负：检查该相电流互感器极性；总功率为负：核查并网电源。',
      'One phase: check the polarity of its current transformer; the total: look for a source behind the meter.',
    ],
  ),
  power_factor_low: text(
    ['功率因数异常', 'power factor too low'],
    ['有负荷时功率因数低于限值。', 'The power factor is below its limit while there is load.'],
    [
      '专变用户：检查无功补偿；其他用户：核查接线相位。',
      'Large customers: check the compensation; others: check whether voltage and current belong to the same phase.',
    ],
  ),
  demand_over_contract: text(
    ['需量超容', 'demand over contract'],
    ['最大需量超过合同容量。', 'Maximum demand is above the contract capacity.'],
    [
      '通知用户，核对计费需量，建议调整合同容量。',
      'Tell the customer, check the demand billed, advise another contract capacity.',
    ],
  ),
  load_over_contract: text(
    ['负荷超容', 'load over contract'],
    ['负荷持续超过合同容量。', 'The load stays above the contract capacity.'],
    [
      '通知用户限负荷或办理增容，关注变压器与进线安全。',
      'Ask the customer to limit the load or apply for more; mind transformer and supply line.',
    ],
  ),
  transformer_heavy: text(
    ['变压器重载', 'transformer heavily loaded'],
    ['台区负荷超过变压器额定容量的 80 %。', 'The area takes more than 80 % of the rating of its transformer.'],
    ['关注晚高峰，转移负荷或错峰。', 'Watch the evening peak; move load to another area or time.'],
  ),
  transformer_overloaded: text(
    ['变压器过载', 'transformer overloaded'],
    ['台区负荷超过变压器额定容量。', 'The area takes more than the rating of its transformer.'],
    [
      '立即转移负荷并测温；连续三日过载的列入增容改造。',
      'Move load at once and measure the temperature; after three days on end plan a larger transformer.',
    ],
  ),
  clock_wrong: text(
    ['时钟异常', 'clock wrong'],
    ['电能表时钟偏差超过 5 分钟。', 'The clock of the meter is more than 5 minutes off.'],
    ['由主站或现场校时；反复偏差检查时钟电池。', 'Have the clock set; if it drifts again, check its battery.'],
  ),
  cover_opened: text(
    ['电能表开盖', 'cover opened'],
    ['记录到新的开表盖或开端钮盖事件。', 'The meter recorded that its cover or terminal cover was opened.'],
    [
      '核对有无工单；无工单的现场检查封印与接线，固定证据。',
      'Look for a work order; without one, check seals and wiring on site and secure the evidence.',
    ],
  ),
  magnetic_field: text(
    ['恒定磁场干扰', 'magnetic field'],
    ['记录到新的恒定磁场干扰事件。', 'The meter recorded a strong magnetic field.'],
    [
      '现场检查表箱周围有无强磁体，比对前后电量，固定证据。',
      'Look for magnets near the meter box, compare usage before and after, secure the evidence.',
    ],
  ),
  cost_control: text(
    ['费控异常', 'cost control wrong'],
    [
      '继电器状态与停复电指令不符，无指令而断开，或余额不足仍在供电。',
      'The relay is not as the order wants it, is open without an order, or supply goes on without credit.',
    ],
    [
      '已缴费仍断开的优先复电；其余核对工单、余额与表计状态后重发指令。',
      'Reconnect first whoever has paid; else compare order, credit and meter, then have the order sent again.',
    ],
  ),
  neutral_current: text(
    ['零线电流异常', 'neutral current'],
    ['零线电流与相线电流不能相互解释。', 'The current of the neutral is not what the phase currents explain.'],
    [
      '单相表：排查一火一地、绕越计量；三相表：检查谐波与零线共用。',
      'Single phase: look for a return through earth or a bypass; three phases: check harmonics and a shared neutral.',
    ],
  ),
  usage_jump: text(
    ['电量突增', 'usage jumps'],
    ['日电量连续三日明显高于同类日。', 'On three days on end far more energy than on like days.'],
    [
      '核实用户是否新增设备或漏电；与示值异常一并研判。',
      'Ask for new appliances, look for a leak; weigh it with findings on the register.',
    ],
  ),
  usage_drop: text(
    ['电量突降', 'usage drops'],
    ['日电量连续三日明显低于同类日。', 'On three days on end far less energy than on like days.'],
    [
      '结合开盖、失压失流与台区线损研判，必要时现场检查。',
      'Weigh it with cover, voltage and current findings and the loss of the area; inspect if they agree.',
    ],
  ),
  usage_zero: text(
    ['零电量', 'no usage'],
    ['在用户连续多日零电量。', 'No energy for many days at an active account.'],
    [
      '核实是否空置；有电压而长期零电量的现场检查。',
      'Find out whether the place is empty; inspect where there is voltage but never any use.',
    ],
  ),
  usage_closed_account: text(
    ['销户或停电用户用电', 'usage without an account'],
    ['已销户、已停电或无户的表仍有电量。', 'Energy at a meter whose account is closed, disconnected or missing.'],
    [
      '核对档案与停电工单；属实的现场停电并追补电费。',
      'Check record and disconnection order; if they are right, disconnect on site and charge the energy.',
    ],
  ),
};
