import { unit } from '../load/hash.ts';

/** Invented customers: no name, place or number here belongs to anybody. */
const SURNAMES = [...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧'];
const GIVEN = [
  '秀兰',
  '建国',
  '桂英',
  '志强',
  '玉兰',
  '海燕',
  '文斌',
  '丽华',
  '永福',
  '春梅',
  '德明',
  '小红',
  '国栋',
  '雪梅',
  '立军',
  '金凤',
  '福生',
  '晓东',
  '玉珍',
  '学文',
  '美玲',
  '长林',
  '红霞',
  '振华',
  '素芬',
  '宝山',
  '爱民',
  '翠花',
  '大勇',
  '静',
];
const SHOPS = [
  '便民超市',
  '小吃店',
  '五金店',
  '理发店',
  '药店',
  '家具厂',
  '粮油店',
  '汽修部',
  '面馆',
  '服装店',
  '打印社',
  '豆腐坊',
];
const STREETS = ['柳树街', '清河路', '向阳巷', '新华街', '石桥路', '东风巷'];

function pick<T>(list: readonly T[], seed: number, channel: number): T {
  const found = list[Math.floor(unit(seed, channel) * list.length)];
  if (found === undefined) throw new Error('BUG: an empty list has nothing to pick');
  return found;
}

export function personName(seed: number): string {
  return `${pick(SURNAMES, seed, 1)}${pick(GIVEN, seed, 2)}`;
}

export function shopName(seed: number): string {
  return `${pick(SURNAMES, seed, 1)}记${pick(SHOPS, seed, 3)}`;
}

/** `seq` numbers the customers of an area; neighbours live next to each other. */
export function postalAddress(areaName: string, areaSeed: number, seq: number): string {
  const street = pick(STREETS, areaSeed, Math.floor(seq / 24));
  const block = Math.floor((seq - 1) / 12) + 1;
  const floor = Math.floor(((seq - 1) % 12) / 2) + 1;
  return `清河镇${areaName.replace(/台区$/, '')}${street}${block}号楼${floor}0${((seq - 1) % 2) + 1}室`;
}
