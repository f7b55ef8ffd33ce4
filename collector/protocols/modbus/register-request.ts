/** Read holding registers (3) or input registers (4): the only functions that are ever sent. */
export type ReadFunction = 3 | 4;

/** One question to a device. `address` is the protocol address, counted from 0. */
export interface RegisterRequest {
  readonly unit: number;
  readonly functionCode: ReadFunction;
  readonly address: number;
  /** Registers of 16 bits. */
  readonly quantity: number;
}

/** The question in an RTU frame (unit, function, address, quantity, CRC), or null when it is not a read. */
export function requestOf(adu: Uint8Array): RegisterRequest | null {
  const [unit, functionCode, addressHigh, addressLow, quantityHigh, quantityLow] = adu;
  if (adu.length !== 8 || (functionCode !== 3 && functionCode !== 4)) return null;
  if (unit === undefined || addressHigh === undefined || addressLow === undefined) return null;
  if (quantityHigh === undefined || quantityLow === undefined) return null;
  return {
    unit,
    functionCode,
    address: addressHigh * 256 + addressLow,
    quantity: quantityHigh * 256 + quantityLow,
  };
}
