/** Names of object identifiers, Chinese and English (DL/T 698.45 annex A). */
const NAMES: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  '0000': ['组合有功电能', 'combined active energy'],
  '0010': ['正向有功电能', 'active energy import'],
  '0011': ['A 相正向有功电能', 'active energy import, phase A'],
  '0012': ['B 相正向有功电能', 'active energy import, phase B'],
  '0013': ['C 相正向有功电能', 'active energy import, phase C'],
  '0020': ['反向有功电能', 'active energy export'],
  '0030': ['组合无功1电能', 'combined reactive energy 1'],
  '0040': ['组合无功2电能', 'combined reactive energy 2'],
  '0050': ['第一象限无功电能', 'reactive energy, quadrant 1'],
  '0060': ['第二象限无功电能', 'reactive energy, quadrant 2'],
  '0070': ['第三象限无功电能', 'reactive energy, quadrant 3'],
  '0080': ['第四象限无功电能', 'reactive energy, quadrant 4'],
  '1010': ['正向有功最大需量', 'maximum demand, import'],
  '1020': ['反向有功最大需量', 'maximum demand, export'],
  '2000': ['电压', 'voltage'],
  '2001': ['电流', 'current'],
  '2004': ['有功功率', 'active power'],
  '2005': ['无功功率', 'reactive power'],
  '2006': ['视在功率', 'apparent power'],
  '200A': ['功率因数', 'power factor'],
  '200F': ['电网频率', 'frequency'],
  '2014': ['电能表运行状态字', 'status words'],
  '201E': ['事件发生时间', 'event start'],
  '2020': ['事件结束时间', 'event end'],
  '2021': ['数据冻结时间', 'freeze time'],
  '3000': ['电能表失压事件', 'voltage loss events'],
  '3011': ['电能表掉电事件', 'power-down events'],
  '301B': ['电能表开盖事件', 'cover-open events'],
  '302A': ['电能表恒定磁场干扰事件', 'magnetic field events'],
  '3106': ['终端停/上电事件', 'terminal power off and on'],
  '310B': ['电能表示度下降事件', 'register fell'],
  '310C': ['电能量超差事件', 'energy beyond tolerance'],
  '310D': ['电能表飞走事件', 'register ran away'],
  '310E': ['电能表停走事件', 'register stands still'],
  '310F': ['终端抄表失败事件', 'terminal cannot read meter'],
  '4000': ['日期时间', 'date and time'],
  '4001': ['通信地址', 'communication address'],
  '4104': ['额定电压', 'rated voltage'],
  '5002': ['分钟冻结', 'minute freeze'],
  '5003': ['小时冻结', 'hour freeze'],
  '5004': ['日冻结', 'day freeze'],
  '5006': ['月冻结', 'month freeze'],
  '6000': ['采集档案配置表', 'archive of meters'],
  '6012': ['任务配置表', 'tasks'],
  '6014': ['普通采集方案集', 'collection schemes'],
};

/** `00100201 正向有功电能 active energy import, attribute 2, element 1`. */
export function oadText(oad: string): string {
  const name = NAMES[oad.slice(0, 4)];
  const [attribute, place] = [Number.parseInt(oad.slice(4, 6), 16), Number.parseInt(oad.slice(6, 8), 16)];
  const where = [`attribute ${attribute & 0x1f}`, ...(place === 0 ? [] : [`element ${place}`])].join(', ');
  return name === undefined ? `${oad} ${where}` : `${oad} ${name[0]} ${name[1]}, ${where}`;
}

/** `正向有功电能 active energy import`, or the OAD itself when it has no name here. */
export function oadName(oad: string): string {
  const name = NAMES[oad.slice(0, 4)];
  return name === undefined ? oad : `${name[0]} ${name[1]}`;
}
