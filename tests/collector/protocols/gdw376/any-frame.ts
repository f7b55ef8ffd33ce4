import { terminalBytes } from '../../../../collector/protocols/gdw376/address.ts';
import { decodeForwardRequest } from '../../../../collector/protocols/gdw376/forward.ts';
import { type Frame, sum8 } from '../../../../collector/protocols/gdw376/frame.ts';

const NONE = new Uint8Array(0);

/** Bytes of any frame, whoever may send it: what a terminal says, and what nobody may say. */
export function anyFrame(frame: Partial<Frame> & Pick<Frame, 'control' | 'afn'>): Uint8Array {
  const { control, afn, terminal = '02001234', station = 0, seq = 0x60, da = 0, dt = 1, data = NONE } = frame;
  const { password, events, tag } = frame.aux ?? { password: NONE, events: NONE, tag: NONE };
  const link = [control, ...terminalBytes(terminal), station, afn, seq];
  const unit = [da & 0xff, da >> 8, dt & 0xff, dt >> 8];
  const body = Uint8Array.of(...link, ...unit, ...data, ...password, ...events, ...tag);
  const length = (body.length << 2) | 2;
  const twice = [length & 0xff, length >> 8, length & 0xff, length >> 8];
  return Uint8Array.of(0x68, ...twice, 0x68, ...body, sum8(body, 0, body.length), 0x16);
}

/** Login, logout or heartbeat. */
export function linkFrame(fn: 1 | 2 | 3, terminal = '02001234', seq = 0x71): Uint8Array {
  return anyFrame({ control: 0xc9, afn: 0x02, terminal, seq, dt: 1 << (fn - 1) });
}

/** What a terminal answers to a forwarded request of the meter's reply `inner`. */
export function forwardReply(
  to: Frame,
  inner: Uint8Array,
  overrides: Partial<Frame> & { port?: number } = {},
): Uint8Array {
  const port = overrides.port ?? decodeForwardRequest(to.data)?.port ?? 0;
  const data = Uint8Array.of(port, inner.length & 0xff, inner.length >> 8, ...inner);
  const { terminal, station, seq } = to;
  return anyFrame({ control: 0x88, afn: 0x10, terminal, station, seq, data, ...overrides });
}
