export interface TcpFrame {
  readonly transaction: number;
  readonly unit: number;
  readonly pdu: Uint8Array;
  readonly wireBytes: number;
}

const HEADER = 7;
/** Unit and PDU together. */
const LONGEST = 254;

/** Finds requests of Modbus TCP: transaction, protocol 0, length of unit and PDU, unit, PDU. */
export class MbapSplitter {
  #pending: Uint8Array = new Uint8Array(0);

  /** Undefined when what came is not Modbus TCP: the connection is of no more use. */
  push(bytes: Uint8Array): TcpFrame[] | undefined {
    const pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const view = new DataView(pending.buffer, pending.byteOffset, pending.length);
    const frames: TcpFrame[] = [];
    let at = 0;
    while (at + HEADER < pending.length) {
      const length = view.getUint16(at + 4);
      if (view.getUint16(at + 2) !== 0 || length < 2 || length > LONGEST) return undefined;
      const end = at + 6 + length;
      if (end > pending.length) break;
      frames.push({
        transaction: view.getUint16(at),
        unit: view.getUint8(at + 6),
        pdu: pending.slice(at + HEADER, end),
        wireBytes: 6 + length,
      });
      at = end;
    }
    this.#pending = pending.slice(at);
    return frames;
  }
}

export function encodeMbap(transaction: number, unit: number, pdu: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(HEADER + pdu.length);
  frame.writeUInt16BE(transaction, 0);
  frame.writeUInt16BE(0, 2);
  frame.writeUInt16BE(pdu.length + 1, 4);
  frame[6] = unit;
  frame.set(pdu, HEADER);
  return frame;
}
