import { explainDlt645 } from '../protocols/dlt645/explain.ts';
import { explainDlt698 } from '../protocols/dlt698/explain.ts';
import type { Explain, Explanation } from '../protocols/explanation.ts';
import { explainGdw376 } from '../protocols/gdw376/explain.ts';
import { explainModbusRtu } from '../protocols/modbus/explain-rtu.ts';
import { explainModbusTcp } from '../protocols/modbus/explain-tcp.ts';

/** One protocol whose frames can be explained. */
interface Decoder {
  /** What `--protocol` calls it. */
  readonly id: string;
  readonly explain: Explain;
}

/** Tried in this order, which decides between explanations that are equally good. */
const DECODERS: readonly Decoder[] = [
  { id: 'dlt645', explain: explainDlt645 },
  { id: 'dlt698', explain: explainDlt698 },
  { id: 'gdw376', explain: explainGdw376((bytes) => bestOf(bytes, METER_DECODERS)) },
  { id: 'modbus-tcp', explain: explainModbusTcp },
  { id: 'modbus-rtu', explain: explainModbusRtu },
];

/** What a terminal carries inside its frames. */
const METER_DECODERS = DECODERS.filter(({ id }) => id !== 'gdw376' && id !== 'modbus-tcp');

const PREAMBLE = 0xfe;

/** What `--protocol` may name. */
export const DECODER_IDS: readonly string[] = DECODERS.map(({ id }) => id);

/**
 * What the bytes mean, or null: a sound explanation goes before others, then the one with the fewest faults, since a
 * meter's frame that a terminal carries is sound too, but with noise round it. Places of fields count leading FE bytes.
 * `only` names one protocol.
 */
export function explainBytes(bytes: Uint8Array, only?: string): Explanation | null {
  return bestOf(bytes, only === undefined ? DECODERS : DECODERS.filter(({ id }) => id === only));
}

function bestOf(bytes: Uint8Array, decoders: readonly Decoder[]): Explanation | null {
  const start = bytes.findIndex((byte) => byte !== PREAMBLE);
  const bare = start > 0 ? bytes.subarray(start) : bytes;
  let best: Explanation | null = null;
  for (const { explain } of decoders) {
    const found = explain(bytes) ?? shifted(explain(bare), Math.max(0, start));
    if (found && (best === null || isBetter(found, best))) best = found;
  }
  return best;
}

function isBetter(one: Explanation, other: Explanation): boolean {
  return one.sound === other.sound ? faults(one) < faults(other) : one.sound;
}

function faults({ fields }: Explanation): number {
  return fields.filter(({ fault }) => fault !== undefined).length;
}

function shifted(explanation: Explanation | null, by: number): Explanation | null {
  if (explanation === null || by === 0) return explanation;
  const fields = explanation.fields.map((field) => ({ ...field, at: field.at + by }));
  return {
    ...explanation,
    fields: [{ name: 'preamble', at: 0, length: by, value: 'FE: wakes the receiver' }, ...fields],
  };
}
