import type { Exchanger } from '../lines/exchange.ts';
import { ADDRESS_BYTES } from '../protocols/dlt645/address.ts';
import { EDITION_1997, EDITION_2007 } from '../protocols/dlt645/edition.ts';
import { encodeRequest, READ_ADDRESS } from '../protocols/dlt645/frame-encode.ts';
import { diBytes } from '../protocols/dlt645/identifier.ts';
import { meterAddress, openAddress } from '../protocols/dlt698/address.ts';
import { encodeSearch } from '../protocols/dlt698/frame-encode.ts';
import { encodeGet, NORMAL } from '../protocols/dlt698/get-request.ts';
import type { AddressSearch } from './scan-addresses.ts';
import { type Heard, hearDlt645, hearDlt698, listen } from './scan-listen.ts';
import type { Scanned } from './scan-plan.ts';

/** Active energy import, in the numbers of both editions: every meter has it. */
const CHEAP_DI = '00010000';
const CHEAP_DI_1997 = '9010';
/** Communication address. */
const CHEAP_OAD = '40010200';
const ANY_ADDRESS = 'AA'.repeat(ADDRESS_BYTES);

/** The question for one address, open or not, in the protocol's words. */
export function asking(protocol: Scanned, exchanger: Exchanger): AddressSearch['ask'] {
  const readData = (address: string, first: boolean): Promise<Heard> => {
    const is1997 = protocol === 'dlt645-1997';
    const { read, diBytes: length } = is1997 ? EDITION_1997 : EDITION_2007;
    const request = encodeRequest({ address, control: read, data: diBytes(is1997 ? CHEAP_DI_1997 : CHEAP_DI, length) });
    return listen(exchanger, request, hearDlt645, first);
  };
  if (protocol === 'dlt698') return asking698(exchanger);
  if (protocol === 'dlt645-1997') return readData;
  return async (address, first) => {
    if (address !== ANY_ADDRESS) return readData(address, first);
    // Made for this; meters that do not know it may still tell an open address their energy.
    const request = encodeRequest({ address, control: READ_ADDRESS, data: new Uint8Array() });
    const heard = await listen(exchanger, request, hearDlt645, first);
    return heard.addresses.length > 0 || heard.isDamaged ? heard : readData(address, first);
  };
}

/** With open digits as a wildcard address, which every meter that fits answers with its own. */
function asking698(exchanger: Exchanger): AddressSearch['ask'] {
  return (address, first) => {
    const apdu = encodeGet(0, { service: NORMAL, oad: CHEAP_OAD });
    const to = address.includes('A') ? openAddress(address) : meterAddress(address);
    const request = encodeSearch({ address: to, client: 0 }, apdu);
    return listen(exchanger, request, hearDlt698, first);
  };
}
