import type { XlsxCell, XlsxColumn } from './xlsx-xml.ts';

export const ABOUT_COLUMNS: readonly XlsxColumn[] = [
  { header: 'item', width: 24, format: 'text' },
  { header: 'value', width: 100, format: 'text' },
];

/** What the columns of a billing batch mean, for people who have only the file. */
export const BILLING_DEFINITIONS: readonly (readonly XlsxCell[])[] = [
  ['import_kwh …', '示值（表计示数），未乘倍率。Registers as the meter shows them, not multiplied. kWh.'],
  ['ratio', '综合倍率 CT×PT。Transformer ratio of the installation.'],
  ['from_…', '上次结算示值，本次电量的起点。Register billed last, where this usage begins.'],
  ['usage_face_…', '自上次结算以来的表计电量，未乘倍率。Usage since then as the meter counted.'],
  [
    'usage_billed_…',
    '结算电量 = 表计电量 × 倍率；换表为各段之和，见 parts。The same with the ratio; over an exchange the sum of parts.',
  ],
  ['usage_reason', '电量无法计算的原因；为空表示可算。Why the usage cannot be told; empty when it can.'],
  ['usage_in_meter', '已换表：电量计入此新表行。The usage is in the row of this meter, which took its place.'],
  ['removed_at', '已拆除：示值为拆表登记值。Taken out since the last batch; the register written down then.'],
  ['quality', '数据质量：valid 正常 late 补抄 manual 人工 edited 修正 estimated 估算 suspect 可疑 missing 缺失。'],
  ['revision', '示值修订号，0 为表计原值。Of the reading; 0 = the value of the meter itself.'],
  ['exceptions', '需核对的异常。What wants a look before it is billed.'],
  ['sha256', '全部 NDJSON 行的校验值，用于确认。Of all NDJSON rows; what is acknowledged.'],
];
