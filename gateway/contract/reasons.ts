/**
 * Why there is no value. Every due read that ends without one carries exactly one of these; the texts are what an
 * operator reads, so each names the likely cause and the first three things to check.
 */
interface ReasonText {
  readonly zh: string;
  readonly en: string;
  readonly cause: { readonly zh: string; readonly en: string };
  readonly checks: { readonly zh: readonly [string, string, string]; readonly en: readonly [string, string, string] };
}

export const REASONS = [
  'no_answer',
  'line_down',
  'concentrator_offline',
  'crc_error',
  'malformed',
  'wrong_address',
  'device_error',
  'not_supported',
  'stale_freeze',
  'meter_clock_wrong',
  'implausible',
  'skipped_breaker',
  'deadline_missed',
  'collector_offline',
  'not_installed',
  'excluded_new',
  'excluded_stopped',
  'excluded_outage',
  'excluded_closed',
  'excluded_manual',
] as const;
export type Reason = (typeof REASONS)[number];

export const EXCLUSIONS = [
  'excluded_new',
  'excluded_stopped',
  'excluded_outage',
  'excluded_closed',
  'excluded_manual',
] as const satisfies readonly Reason[];
export type Exclusion = (typeof EXCLUSIONS)[number];

export function isReason(value: unknown): value is Reason {
  return typeof value === 'string' && (REASONS as readonly string[]).includes(value);
}

export const REASON_TEXTS: Readonly<Record<Reason, ReasonText>> = {
  no_answer: {
    zh: '电能表无应答',
    en: 'the meter did not answer',
    cause: {
      zh: '表停电、485 线断开、地址或波特率错误',
      en: 'meter without power, wire open, wrong address or baud rate',
    },
    checks: {
      zh: ['同一链路其他表是否应答', '表地址与波特率是否与档案一致', '现场检查表计供电和 485 接线'],
      en: [
        'do the other meters of the line answer',
        'do address and baud rate match the record',
        'check supply and RS-485 wiring on site',
      ],
    },
  },
  line_down: {
    zh: '通信链路断开',
    en: 'the line is down',
    cause: { zh: '串口不存在、被占用，或转换器掉线', en: 'serial port missing or in use, or converter unplugged' },
    checks: {
      zh: ['采集机上串口设备是否存在', '是否有其他程序占用串口', 'USB/485 转换器供电与接线'],
      en: [
        'does the serial device exist on the collector',
        'is another program holding the port',
        'power and wiring of the USB/485 converter',
      ],
    },
  },
  concentrator_offline: {
    zh: '集中器离线',
    en: 'the concentrator is offline',
    cause: { zh: '集中器停电、通信卡欠费或信号差', en: 'concentrator without power, SIM suspended, or weak signal' },
    checks: {
      zh: ['集中器最后在线时间', '通信卡状态与信号强度', '台区是否停电'],
      en: ['when was it last online', 'SIM state and signal', 'is the area out of power'],
    },
  },
  crc_error: {
    zh: '报文校验错误',
    en: 'replies arrive damaged',
    cause: {
      zh: '线路干扰、终端电阻缺失、两表地址相同',
      en: 'interference, missing termination, two meters with one address',
    },
    checks: {
      zh: ['屏蔽与终端电阻', '是否有重复地址', '降低波特率重试'],
      en: ['shield and termination', 'duplicate addresses', 'try a lower baud rate'],
    },
  },
  malformed: {
    zh: '报文格式错误',
    en: 'replies have the wrong form',
    cause: { zh: '规约或表型与档案不符', en: 'protocol or model differs from the record' },
    checks: {
      zh: ['档案中的规约与表型', '原始报文', '是否有其他设备共用链路'],
      en: ['protocol and model on record', 'the raw bytes', 'is another device on the line'],
    },
  },
  wrong_address: {
    zh: '应答地址不符',
    en: 'another address answered',
    cause: { zh: '表地址设置错误或换表未登记', en: 'wrong address set, or a meter exchange not recorded' },
    checks: {
      zh: ['表内通信地址', '近期是否换表', '同一链路的重复地址'],
      en: ['the address in the meter', 'recent meter exchange', 'duplicate addresses on the line'],
    },
  },
  device_error: {
    zh: '电能表返回异常',
    en: 'the meter answered with an error',
    cause: { zh: '表计忙、内部故障或请求被拒绝', en: 'meter busy, internal fault, or request refused' },
    checks: {
      zh: ['异常代码含义', '稍后召测', '重复出现则更换表计'],
      en: ['meaning of the error code', 'read again later', 'exchange the meter if it persists'],
    },
  },
  not_supported: {
    zh: '电能表不支持该数据',
    en: 'the meter does not have this item',
    cause: { zh: '表型不含该数据项，或不保存该时点', en: 'the model lacks the item or keeps no record of the slot' },
    checks: {
      zh: ['表型与档案', '采集任务的数据项', '表计固件版本'],
      en: ['model on record', 'items of the task', 'firmware of the meter'],
    },
  },
  stale_freeze: {
    zh: '冻结时标不符',
    en: 'the freeze is of another day',
    cause: { zh: '零点时表计停电，未产生当日冻结', en: 'the meter had no power at midnight and wrote no freeze' },
    checks: {
      zh: ['表计停电记录', '前后日冻结', '日冻结时间设置'],
      en: ['power-down records of the meter', 'freezes of the days around', 'freeze time setting'],
    },
  },
  meter_clock_wrong: {
    zh: '电能表时钟错误',
    en: 'the clock of the meter is wrong',
    cause: { zh: '时钟电池欠压或从未校时', en: 'clock battery low, or never synchronised' },
    checks: {
      zh: ['时钟偏差', '时钟电池状态字', '安排校时或换表'],
      en: ['clock offset', 'clock battery in the status word', 'plan a time sync or exchange'],
    },
  },
  implausible: {
    zh: '数据不合理',
    en: 'the value is implausible',
    cause: {
      zh: '倒走、飞走、报文误码或换表未登记',
      en: 'reversed or jumping register, corrupt value, unrecorded exchange',
    },
    checks: {
      zh: ['前后日示值', '再次召测核对', '换表与倍率档案'],
      en: ['registers of the days around', 'read again and compare', 'exchange and ratio records'],
    },
  },
  skipped_breaker: {
    zh: '连续失败，暂停采集',
    en: 'skipped: the address kept failing',
    cause: {
      zh: '该表多次无应答，仅保留低频探测',
      en: 'repeated failures; only a cheap probe is sent until it answers',
    },
    checks: {
      zh: ['首次失败原因', '下次探测时间', '现场检查'],
      en: ['the first reason', 'time of the next probe', 'check on site'],
    },
  },
  deadline_missed: {
    zh: '超过采集期限',
    en: 'not read before its deadline',
    cause: {
      zh: '采集程序停运、链路繁忙，且表计不保存该时点',
      en: 'collector stopped or line too busy, and the meter keeps no record',
    },
    checks: {
      zh: ['采集程序运行时间', '链路利用率', '任务间隔是否过密'],
      en: ['was the collector running', 'use of the line', 'is the interval too short'],
    },
  },
  collector_offline: {
    zh: '采集程序离线',
    en: 'the collector is offline',
    cause: { zh: '采集机停电、网络中断或程序停止', en: 'collector machine without power, network down, or stopped' },
    checks: {
      zh: ['采集机电源与网络', '采集程序日志', '消息服务器连接'],
      en: ['power and network of the machine', 'log of the collector', 'connection to the broker'],
    },
  },
  not_installed: {
    zh: '该时点未装表',
    en: 'no meter was installed at that moment',
    cause: { zh: '时点早于安装或晚于拆除', en: 'before installation or after removal' },
    checks: {
      zh: ['装拆记录', '换表时间', '户号与表号对应'],
      en: ['installation record', 'time of exchange', 'account and meter number'],
    },
  },
  excluded_new: {
    zh: '剔除：采集开始之前',
    en: 'excluded: before collection began',
    cause: { zh: '新接入，且表计不保存更早数据', en: 'newly connected, and nothing older can be read from the meter' },
    checks: {
      zh: ['接入时间', '表型存储能力', '无需处理'],
      en: ['when collection began', 'what the model keeps', 'nothing to do'],
    },
  },
  excluded_stopped: {
    zh: '剔除：已停运',
    en: 'excluded: out of service',
    cause: { zh: '台区或表计已停运', en: 'area or meter is out of service' },
    checks: {
      zh: ['停运记录', '停运台区是否仍有电量', '档案状态'],
      en: ['record of the stop', 'does a stopped area still show energy', 'state on record'],
    },
  },
  excluded_outage: {
    zh: '剔除：台区停电',
    en: 'excluded: area out of power',
    cause: { zh: '时点处于已确认停电期间', en: 'the slot lies in a confirmed outage' },
    checks: {
      zh: ['停电事件', '复电后补抄', '停电范围'],
      en: ['the outage', 'read again after restoration', 'extent of the outage'],
    },
  },
  excluded_closed: {
    zh: '剔除：已销户',
    en: 'excluded: account closed',
    cause: { zh: '户号已销户', en: 'the account is closed' },
    checks: {
      zh: ['销户日期', '是否仍有用电', '拆表记录'],
      en: ['closing date', 'is there still consumption', 'removal record'],
    },
  },
  excluded_manual: {
    zh: '剔除：人工剔除',
    en: 'excluded: by order',
    cause: { zh: '由有权人员按登记原因剔除', en: 'somebody entitled to it excluded it, with a reason on record' },
    checks: {
      zh: ['剔除登记的原因与有效期', '登记人', '到期后是否恢复采集'],
      en: ['reason and term of the exclusion', 'who entered it', 'is it read again after the term'],
    },
  },
};
