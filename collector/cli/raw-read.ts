import { MOST_REGISTERS } from '#contract/profile.ts';
import { counted } from '#platform/cli/terminal.ts';
import { UsageError, wholeNumber } from '#platform/cli/usage.ts';
import type { Clock } from '#platform/clock.ts';
import type { Exchanger } from '../lines/exchange.ts';
import { fullAddress } from '../protocols/dlt645/address.ts';
import { Dlt645Client } from '../protocols/dlt645/client.ts';
import { decodeData, type NamedValue } from '../protocols/dlt645/describe.ts';
import { EDITION_1997, EDITION_2007 } from '../protocols/dlt645/edition.ts';
import { decodeData1997 } from '../protocols/dlt645-1997/describe.ts';
import { Dlt698Client } from '../protocols/dlt698/client.ts';
import { DarError } from '../protocols/dlt698/dar.ts';
import { dataText } from '../protocols/dlt698/data-text.ts';
import { oadText } from '../protocols/dlt698/oad-names.ts';
import { LinkPort, rtuFraming, tcpFraming } from '../protocols/modbus/link-port.ts';
import { RegisterClient } from '../protocols/modbus/register-client.ts';
import type { RegisterRequest } from '../protocols/modbus/register-request.ts';
import { triesFor } from './readers.ts';
import type { Protocol, Target } from './target.ts';

/** One value in the words of its standard. */
export type RawValue = Omit<NamedValue, 'at' | 'length'>;

/** What one item or block of registers brought. */
export interface RawAnswer {
  /** `00010000`, `function 4, 0x0048, 2 registers`. */
  readonly asked: string;
  /** As they came; empty where the values alone are told. */
  readonly bytes: Uint8Array;
  /** What the bytes are known to be; empty when they are not. */
  readonly values: readonly RawValue[];
}

/** Data behind a data identifier (DL/T 645) or OAD (DL/T 698.45). Rejects with ReadError, throws UsageError. */
export async function readIdentifier(exchanger: Exchanger, target: Target, text: string): Promise<RawAnswer> {
  const { protocol, meter } = target;
  const asked = identifierOf(protocol, text);
  if (protocol === 'dlt698') return readOad(exchanger, meter.address, asked);
  const is1997 = protocol === 'dlt645-1997';
  const client = new Dlt645Client(exchanger, triesFor, is1997 ? EDITION_1997 : EDITION_2007);
  const bytes = await client.readData(fullAddress(meter.address), asked);
  return { asked, bytes, values: (is1997 ? decodeData1997(asked, bytes) : decodeData(asked, bytes)) ?? [] };
}

/** The identifier as the protocol writes it. Throws UsageError. */
export function identifierOf(protocol: Protocol, text: string): string {
  const identifier = text.replaceAll(/[\s-]/g, '').toUpperCase();
  if (protocol.startsWith('modbus')) throw new UsageError(`cannot use --di with ${protocol}: --register is for it`);
  const [digits, what] =
    protocol === 'dlt698'
      ? [8, 'OAD, such as 00100200']
      : protocol === 'dlt645-1997'
        ? [4, 'DI1 DI0, such as 9010']
        : [8, 'DI3 DI2 DI1 DI0, such as 00010000'];
  if (identifier.length === digits && /^[0-9A-F]+$/.test(identifier)) return identifier;
  throw new UsageError(`cannot use --di ${text}: ${digits} hexadecimal digits are wanted, ${what}`);
}

async function readOad(exchanger: Exchanger, address: string, oad: string): Promise<RawAnswer> {
  const data = (await new Dlt698Client(exchanger, triesFor).readList(address, [oad])).get(oad);
  if (data instanceof DarError) throw data;
  const value = data === undefined ? null : dataText(data);
  const values = [{ zh: '', en: 'value', value, unit: '', quantity: null }];
  return { asked: oadText(oad), bytes: new Uint8Array(), values };
}

/** The block that `--register` and `--fc` name. Throws UsageError. */
export function registerBlock({ protocol, meter }: Target, register: string, fc = '4'): RegisterRequest {
  if (!protocol.startsWith('modbus')) throw new UsageError(`cannot use --register with ${protocol}: --di is for it`);
  const functionCode = wholeNumber('--fc', fc, 3, 4) === 3 ? 3 : 4;
  return { unit: Number(meter.address), functionCode, ...blockOf(register) };
}

/** A block of registers of a Modbus meter. Rejects with ReadError. */
export async function readRegisters(
  exchanger: Exchanger,
  clock: Clock,
  protocol: Protocol,
  request: RegisterRequest,
): Promise<RawAnswer> {
  const port = new LinkPort(exchanger, protocol === 'modbus-tcp' ? tcpFraming() : rtuFraming());
  const bytes = await new RegisterClient(port, clock).read(request);
  const { functionCode, address, quantity } = request;
  const place = `0x${address.toString(16).toUpperCase().padStart(4, '0')}`;
  return { asked: `function ${functionCode}, ${place}, ${counted(quantity, 'register')}`, bytes, values: [] };
}

/** `0x48:2` or `72:2`: address counted from 0, and how many registers; one when left out. */
function blockOf(text: string): { address: number; quantity: number } {
  const [first = '', count = '1', ...rest] = text.split(':');
  if (rest.length > 0) throw new UsageError(`cannot use --register ${text}: address:count is wanted, such as 0x48:2`);
  const address = wholeNumber('the address of --register', first, 0, 0xffff);
  return {
    address,
    quantity: wholeNumber('the count of --register', count, 1, Math.min(MOST_REGISTERS, 0x10000 - address)),
  };
}
