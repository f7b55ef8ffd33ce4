import type { CustomerPlan, DistrictPlan } from './build.ts';

/** Customers that the hotline must treat differently, and some large ones. */
const particular = (entries: readonly (readonly [number, CustomerPlan])[]): ReadonlyMap<number, CustomerPlan> =>
  new Map(entries);

const A1 = particular([
  [3, { name: '王秀兰（家用制氧机）', priority: 'vulnerable' }],
  [10, { name: '清河镇卫生院', priority: 'critical', meanWhPerDay: 90_000 }],
  [20, { name: '永盛机械加工厂', category: 'dedicated', priority: 'large', contractKw: 50, meanWhPerDay: 180_000 }],
  [21, { status: 'disconnected' }],
]);
const A2 = particular([
  [7, { name: '陈国栋（家用透析机）', priority: 'vulnerable' }],
  [30, { name: '清河镇中心小学', priority: 'critical', meanWhPerDay: 70_000 }],
]);
const A3 = particular([
  [5, { name: '赵玉珍（家用制氧机）', priority: 'vulnerable' }],
  [
    20,
    { name: '清河自来水加压站', category: 'dedicated', priority: 'critical', contractKw: 35, meanWhPerDay: 120_000 },
  ],
]);
const A4 = particular([
  [10, { name: '顺达冷库', category: 'dedicated', priority: 'large', contractKw: 45, meanWhPerDay: 150_000 }],
]);
const A5 = particular([[20, { name: '星光机房', priority: 'large', contractKw: 35, meanWhPerDay: 110_000 }]]);
const A6 = particular([
  [9, { name: '黄福生（家用呼吸机）', priority: 'vulnerable' }],
  [40, { name: '清河养老院', priority: 'critical', meanWhPerDay: 80_000 }],
]);

/** The district that runs when nothing else is asked for: 2 feeders, 6 areas, 300 customers, all four ways to talk. */
export function defaultPlan(seed: number): DistrictPlan {
  return {
    seed,
    feeders: [
      { id: 'F1', name: '10kV 清河一线' },
      { id: 'F2', name: '10kV 清河二线' },
    ],
    areas: [
      {
        id: 'A1',
        name: '柳树湾台区',
        feeder: 'F1',
        kva: 315,
        ct: 80,
        lines: [{ id: 'J-0101', kind: 'dlt645-tcp', customers: 62, concentrator: 'J-0101' }],
        customers: A1,
      },
      {
        id: 'A2',
        name: '石桥台区',
        feeder: 'F1',
        kva: 200,
        ct: 60,
        lines: [{ id: 'J-0102', kind: 'dlt645-tcp', customers: 60, concentrator: 'J-0102' }],
        customers: A2,
      },
      {
        id: 'A3',
        name: '东坡台区',
        feeder: 'F1',
        kva: 200,
        ct: 60,
        lines: [{ id: 'J-0103', kind: 'dlt645-tcp', customers: 40, concentrator: 'J-0103' }],
        customers: A3,
      },
      {
        id: 'A4',
        name: '冷库台区',
        feeder: 'F2',
        kva: 160,
        ct: 40,
        lines: [{ id: 'RS485-A4', kind: 'dlt645-pty', customers: 38 }],
        customers: A4,
      },
      {
        id: 'A5',
        name: '创业园台区',
        feeder: 'F2',
        kva: 200,
        ct: 60,
        lines: [
          { id: 'GW-A5', kind: 'modbus-tcp', customers: 34 },
          { id: 'RTU-A5', kind: 'modbus-rtu-pty', customers: 16 },
        ],
        customers: A5,
      },
      {
        id: 'A6',
        name: '南塘台区',
        feeder: 'F2',
        kva: 200,
        ct: 60,
        lines: [{ id: 'J-0106', kind: 'dlt645-tcp', customers: 50, concentrator: 'J-0106' }],
        customers: A6,
      },
    ],
  };
}
