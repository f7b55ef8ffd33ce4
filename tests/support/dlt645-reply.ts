import { encodeFrame, type Frame } from '../../simulators/dlt645/frame.ts';

/** Bytes of a meter's frame behind `preamble` FE bytes. The address may leave out zeros on the high side. */
export function encodeReply({ address, control, data }: Frame, preamble = 0): Uint8Array {
  return encodeFrame({ address: address.padStart(12, '0'), control, data }, preamble);
}
