/** One field of a frame in the order of its bytes. */
export interface ExplainedField {
  /** Such as `control`, `address`, `data identifier`; fields inside a part are named with a dot: `data.value`. */
  readonly name: string;
  /** Place of the first byte in the frame, and how many bytes. */
  readonly at: number;
  readonly length: number;
  /** What the bytes say: `91: reply to a data read`, `00010000 正向有功总电能 active energy import`, `6.78 kWh`. */
  readonly value: string;
  /** What is wrong with it, when something is. */
  readonly fault?: string;
}

/** What the bytes of one frame mean, field by field. */
export interface Explanation {
  /** `DL/T 645-2007`, `DL/T 645-1997`, `DL/T 698.45`, `Q/GDW 376.1`, `Modbus RTU`, `Modbus TCP`. */
  readonly protocol: string;
  /** One line: `reply of meter 123456789012: active energy import 1234.56 kWh`. */
  readonly summary: string;
  readonly fields: readonly ExplainedField[];
  /** Sound as a whole: start, length, checksum. A frame with a wrong checksum is still explained. */
  readonly sound: boolean;
  /** A frame carried inside this one. */
  readonly inner?: Explanation;
}

/** Null when the bytes do not look like the protocol at all. */
export type Explain = (frame: Uint8Array) => Explanation | null;
