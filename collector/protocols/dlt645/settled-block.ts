import type { QuantityName } from '#contract/quantities.ts';
import { ReadError } from '../../lines/read-error.ts';

type Values = ReadonlyMap<QuantityName, number | null>;

/** Values of a block, and for each that two reads disagreed about which ones were seen and which was taken. */
export interface Settled {
  readonly values: Values;
  /** `energy_import_wh 1234560 / 1234660, two of three reads say 1234560`. */
  readonly disputed: readonly string[];
}

/**
 * Registers that do not move, read twice: the sum of a frame misses one damage in 256, and bills are made from these.
 * When two reads disagree in one of the `wanted` quantities, a third decides between them and the disagreement is told.
 * Rejects with ReadError `implausible`, all three values in the detail, when no two agree; and as `read` does.
 */
export async function settledBlock(read: () => Promise<Values>, wanted: ReadonlySet<QuantityName>): Promise<Settled> {
  const first = await read();
  const second = await read();
  const doubtful = [...wanted].filter((name) => first.get(name) !== second.get(name));
  if (doubtful.length === 0) return { values: first, disputed: [] };
  const third = await read();
  const values = new Map(first);
  const disputed: string[] = [];
  for (const name of doubtful) {
    const seen = [first, second, third].map((one) => one.get(name));
    const taken = third.get(name);
    const isAgreed = taken !== undefined && (taken === seen[0] || taken === seen[1]);
    if (!isAgreed) throw new ReadError('implausible', `${name} ${seen.map(textOf).join(' / ')}: no two reads agree`);
    values.set(name, taken);
    disputed.push(`${name} ${seen.slice(0, 2).map(textOf).join(' / ')}, two of three reads say ${textOf(taken)}`);
  }
  return { values, disputed };
}

function textOf(value: number | null | undefined): string {
  return value === undefined ? 'nothing' : String(value);
}
