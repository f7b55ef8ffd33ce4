import { UsageError } from '#platform/cli/usage.ts';

const TYPES = ['u16', 'i16', 'u32', 'i32', 'float32', 'u64', 'i64', 'float64'] as const;
export const REGISTER_TYPE_NAMES: readonly string[] = TYPES;
type Type = (typeof TYPES)[number];

const BYTES: Readonly<Record<Type, 2 | 4 | 8>> = {
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  float32: 4,
  u64: 8,
  i64: 8,
  float64: 8,
};

/** One reading of a block of registers. */
interface RegisterValue {
  readonly type: string;
  /** `high-first` or `low-first` word order; '' where there is one register. */
  readonly order: string;
  readonly values: readonly string[];
}

/**
 * The numbers in a block of registers. With a type: as this. Without: as every type that fills the block, for a meter
 * whose table is not at hand. Throws UsageError when the type does not fit the block.
 */
export function registerValues(bytes: Uint8Array, named?: string, order?: string): RegisterValue[] {
  if (named === undefined) {
    const fitting = TYPES.filter(
      (type) => bytes.length % BYTES[type] === 0 && (BYTES[type] === 2 || bytes.length <= 8),
    );
    return fitting.flatMap((type) =>
      ordersOf(type, order).map((each) => ({ type, order: each, values: numbers(bytes, type, each) })),
    );
  }
  const type = TYPES.find((each) => each === named);
  if (type === undefined) throw new UsageError(`cannot use --type ${named}: ${TYPES.join(', ')} are known`);
  if (bytes.length % BYTES[type] !== 0) {
    throw new UsageError(`cannot show ${bytes.length / 2} registers as ${type}, which takes ${BYTES[type] / 2}`);
  }
  const [first = ''] = ordersOf(type, order);
  return [{ type, order: first, values: numbers(bytes, type, first) }];
}

function ordersOf(type: Type, order: string | undefined): string[] {
  if (BYTES[type] === 2) return [''];
  return order === undefined ? ['high-first', 'low-first'] : [order];
}

function numbers(bytes: Uint8Array, type: Type, order: string): string[] {
  const size = BYTES[type];
  const values: string[] = [];
  for (let at = 0; at + size <= bytes.length; at += size) {
    const one = Buffer.from(bytes.subarray(at, at + size));
    // Reversing all and then each register turns the registers round and leaves the bytes inside them.
    if (order === 'low-first') one.reverse().swap16();
    values.push(numberText(one, type));
  }
  return values;
}

function numberText(bytes: Buffer, type: Type): string {
  switch (type) {
    case 'u16':
      return String(bytes.readUInt16BE());
    case 'i16':
      return String(bytes.readInt16BE());
    case 'u32':
      return String(bytes.readUInt32BE());
    case 'i32':
      return String(bytes.readInt32BE());
    case 'float32':
      return String(Number(bytes.readFloatBE().toPrecision(8)));
    case 'u64':
      return String(bytes.readBigUInt64BE());
    case 'i64':
      return String(bytes.readBigInt64BE());
    case 'float64':
      return String(bytes.readDoubleBE());
  }
}
