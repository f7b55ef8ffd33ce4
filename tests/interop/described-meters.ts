import type { QuantityName } from '#contract/quantities.ts';

/** What stands in a meter, written down from its manufacturer's register list by hand and not from our profiles. */
export interface DescribedMeter {
  readonly model: string;
  readonly functionCode: 3 | 4;
  readonly order: 'high word first' | 'low word first';
  readonly registers: readonly DescribedRegister[];
}

/** The number that stands at a protocol address, and the value that must come of it, in the quantity's unit. */
type DescribedRegister = readonly [
  quantity: QuantityName,
  address: number,
  type: 'float32' | 'int16' | 'int32' | 'int64',
  raw: number,
  value: number,
];

/** Eastron SDM120: floats; energies in kWh and kvarh. */
const sdm120: DescribedMeter = {
  model: 'sdm120',
  functionCode: 4,
  order: 'high word first',
  registers: [
    ['voltage_a_v', 0, 'float32', 231.25, 231.25],
    ['current_a_a', 6, 'float32', 4.125, 4.125],
    ['power_active_total_w', 12, 'float32', -812.5, -812.5],
    ['power_apparent_total_va', 18, 'float32', 953.5, 953.5],
    ['power_reactive_total_var', 24, 'float32', -499, -499],
    ['power_factor_total', 30, 'float32', -0.875, -0.875],
    ['frequency_hz', 70, 'float32', 49.875, 49.88],
    ['energy_import_wh', 72, 'float32', 1234.5, 1_234_500],
    ['energy_export_wh', 74, 'float32', 67.25, 67_250],
    ['energy_reactive_import_varh', 76, 'float32', 0.125, 125],
    ['energy_reactive_export_varh', 78, 'float32', 8191.75, 8_191_750],
  ],
};

/** Eastron SDM630: the same for three phases, with sums of their own. */
const sdm630: DescribedMeter = {
  model: 'sdm630',
  functionCode: 4,
  order: 'high word first',
  registers: [
    ['voltage_a_v', 0, 'float32', 229.5, 229.5],
    ['voltage_b_v', 2, 'float32', 230.75, 230.75],
    ['voltage_c_v', 4, 'float32', 0, 0],
    ['current_a_a', 6, 'float32', 10.5, 10.5],
    ['current_b_a', 8, 'float32', 20.25, 20.25],
    ['current_c_a', 10, 'float32', 30.125, 30.125],
    ['power_active_a_w', 12, 'float32', 2301.5, 2301.5],
    ['power_active_b_w', 14, 'float32', -4602.5, -4602.5],
    ['power_active_c_w', 16, 'float32', 6903, 6903],
    ['power_apparent_a_va', 18, 'float32', 2310.5, 2310.5],
    ['power_apparent_b_va', 20, 'float32', 4650, 4650],
    ['power_apparent_c_va', 22, 'float32', 7000.5, 7000.5],
    ['power_reactive_a_var', 24, 'float32', 101, 101],
    ['power_reactive_b_var', 26, 'float32', -202.5, -202.5],
    ['power_reactive_c_var', 28, 'float32', 303, 303],
    ['power_factor_a', 30, 'float32', 1, 1],
    ['power_factor_b', 32, 'float32', -0.5, -0.5],
    ['power_factor_c', 34, 'float32', 0.25, 0.25],
    ['power_active_total_w', 52, 'float32', 4602, 4602],
    ['power_apparent_total_va', 56, 'float32', 14_000.5, 14_000.5],
    ['power_reactive_total_var', 60, 'float32', 201.5, 201.5],
    ['power_factor_total', 62, 'float32', 0.75, 0.75],
    ['frequency_hz', 70, 'float32', 50.25, 50.25],
    ['energy_import_wh', 72, 'float32', 16_383.5, 16_383_500],
    ['energy_export_wh', 74, 'float32', 2.5, 2500],
    ['energy_reactive_import_varh', 76, 'float32', 300.25, 300_250],
    ['energy_reactive_export_varh', 78, 'float32', 4.75, 4750],
    ['energy_import_a_wh', 346, 'float32', 5000.25, 5_000_250],
    ['energy_import_b_wh', 348, 'float32', 6000.5, 6_000_500],
    ['energy_import_c_wh', 350, 'float32', 5382.75, 5_382_750],
  ],
};

/** Carlo Gavazzi EM24 on RS-485: 0.1 V, mA, 0.1 W, 0.001, 0.1 Hz, 0.1 kWh. */
const em24: DescribedMeter = {
  model: 'em24',
  functionCode: 4,
  order: 'low word first',
  registers: [
    ['voltage_a_v', 0x00, 'int32', 2305, 230.5],
    ['voltage_b_v', 0x02, 'int32', 2312, 231.2],
    ['voltage_c_v', 0x04, 'int32', 2299, 229.9],
    ['current_a_a', 0x0c, 'int32', 1234, 1.234],
    ['current_b_a', 0x0e, 'int32', 70_001, 70.001],
    ['current_c_a', 0x10, 'int32', 0, 0],
    ['power_active_a_w', 0x12, 'int32', 2841, 284.1],
    ['power_active_b_w', 0x14, 'int32', -161_842, -16_184.2],
    ['power_active_c_w', 0x16, 'int32', 0, 0],
    ['power_active_total_w', 0x28, 'int32', -159_001, -15_900.1],
    ['power_factor_a', 0x32, 'int16', 999, 0.999],
    ['power_factor_b', 0x33, 'int16', -871, -0.871],
    ['power_factor_c', 0x34, 'int16', 1000, 1],
    ['power_factor_total', 0x35, 'int16', -875, -0.875],
    ['frequency_hz', 0x37, 'int16', 499, 49.9],
    ['energy_import_wh', 0x42, 'int32', 1_234_567, 123_456_700],
    ['energy_import_a_wh', 0x46, 'int32', 400_000, 40_000_000],
    ['energy_import_b_wh', 0x48, 'int32', 65_536, 6_553_600],
    ['energy_import_c_wh', 0x4a, 'int32', 769_031, 76_903_100],
    ['energy_export_wh', 0x5c, 'int32', 65_537, 6_553_700],
  ],
};

/** Schneider iEM3155: floats (V, A, kW, kvar, kVA, Hz) and 64-bit energies in Wh. */
const iem3155: DescribedMeter = {
  model: 'iem3155',
  functionCode: 3,
  order: 'high word first',
  registers: [
    ['current_a_a', 0x0bb7, 'float32', 3.5, 3.5],
    ['current_b_a', 0x0bb9, 'float32', 4.25, 4.25],
    ['current_c_a', 0x0bbb, 'float32', 5.125, 5.125],
    ['voltage_a_v', 0x0bd3, 'float32', 228.5, 228.5],
    ['voltage_b_v', 0x0bd5, 'float32', 229.25, 229.25],
    ['voltage_c_v', 0x0bd7, 'float32', 232.75, 232.75],
    ['power_active_a_w', 0x0bed, 'float32', 0.75, 750],
    ['power_active_b_w', 0x0bef, 'float32', -1.5, -1500],
    ['power_active_c_w', 0x0bf1, 'float32', 2.25, 2250],
    ['power_active_total_w', 0x0bf3, 'float32', 1.5, 1500],
    ['power_reactive_total_var', 0x0bfb, 'float32', -0.5, -500],
    ['power_apparent_total_va', 0x0c03, 'float32', 1.625, 1625],
    ['frequency_hz', 0x0c25, 'float32', 50.125, 50.13],
    ['energy_import_wh', 0x0c83, 'int64', 9_876_543_210, 9_876_543_210],
    ['energy_export_wh', 0x0c87, 'int64', 4_294_967_297, 4_294_967_297],
    ['energy_reactive_import_varh', 0x0c93, 'int64', 65_536, 65_536],
    ['energy_reactive_export_varh', 0x0c97, 'int64', 77, 77],
    ['energy_import_a_wh', 0x0dbd, 'int64', 5_000_000_001, 5_000_000_001],
    ['energy_import_b_wh', 0x0dc1, 'int64', 4_294_967_295, 4_294_967_295],
    ['energy_import_c_wh', 0x0dc5, 'int64', 0, 0],
  ],
};

export const METERS: readonly DescribedMeter[] = [sdm120, sdm630, em24, iem3155];

/** Every register of the meter by address, what lies between the described ones being 0. */
export function registerImage({ order, registers }: DescribedMeter): Map<number, number> {
  const found = registers.flatMap(([, address, type, raw]) =>
    words(type, raw, order).map((word, i) => [address + i, word] as const),
  );
  const addresses = found.map(([address]) => address);
  const image = new Map<number, number>();
  for (let address = Math.min(...addresses); address <= Math.max(...addresses); address++) image.set(address, 0);
  for (const [address, word] of found) image.set(address, word);
  return image;
}

/** Only what is described: a request for anything in between is refused. */
export function sparseImage(meter: DescribedMeter): Map<number, number> {
  const { order, registers } = meter;
  return new Map(
    registers.flatMap(([, address, type, raw]) =>
      words(type, raw, order).map((word, i) => [address + i, word] as const),
    ),
  );
}

function words(type: DescribedRegister[2], raw: number, order: DescribedMeter['order']): number[] {
  const bytes = new DataView(new ArrayBuffer({ float32: 4, int16: 2, int32: 4, int64: 8 }[type]));
  if (type === 'float32') bytes.setFloat32(0, raw);
  else if (type === 'int16') bytes.setInt16(0, raw);
  else if (type === 'int32') bytes.setInt32(0, raw);
  else bytes.setBigInt64(0, BigInt(raw));
  const highFirst = Array.from({ length: bytes.byteLength / 2 }, (_, i) => bytes.getUint16(2 * i));
  return order === 'high word first' ? highFirst : highFirst.reverse();
}
