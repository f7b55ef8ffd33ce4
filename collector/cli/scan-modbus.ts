import type { Clock } from '#platform/clock.ts';
import type { Exchanger } from '../lines/exchange.ts';
import { ReadError } from '../lines/read-error.ts';
import { LinkPort, rtuFraming, tcpFraming } from '../protocols/modbus/link-port.ts';
import { RegisterClient } from '../protocols/modbus/register-client.ts';

interface UnitSearch {
  readonly exchanger: Exchanger;
  readonly clock: Clock;
  readonly isTcp: boolean;
  readonly onFound: (unit: number) => void;
  /** Bytes came that are no reply: two units with one address, wrong speed, or noise. */
  readonly onClash: (unit: number) => void;
}

/**
 * Asks one unit for one register. An exception is an answer too: there is a device. Rejects with ReadError when the line
 * is lost.
 */
export function unitProbe({ exchanger, clock, isTcp, onFound, onClash }: UnitSearch): (unit: number) => Promise<void> {
  const client = new RegisterClient(new LinkPort(exchanger, isTcp ? tcpFraming() : rtuFraming()), clock);
  return async (unit) => {
    try {
      await client.read({ unit, functionCode: 3, address: 0, quantity: 1 });
      onFound(unit);
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      if (error.next === 'reconnect') throw error;
      if (error.answered) onFound(unit);
      else if (error.reason === 'crc_error' || error.reason === 'malformed') onClash(unit);
    }
  };
}
