import modbus from 'modbus-serial';
import type { Clock } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';
import { ReadError } from '../../lines/read-error.ts';
import { ExceptionReply } from './exceptions.ts';
import type { LinkPort } from './link-port.ts';
import type { RegisterRequest } from './register-request.ts';

/** Reads registers through modbus-serial. One request at a time, which the line sees to. */
export class RegisterClient {
  readonly #port: LinkPort;
  readonly #clock: Clock;
  readonly #modbus: InstanceType<typeof modbus.default>;
  /** When the last request to a unit that needs rest ended, monotonic ms. */
  readonly #endedAt = new Map<number, number>();

  constructor(port: LinkPort, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
    this.#modbus = new modbus.default(port);
    this.#modbus.open();
  }

  /**
   * The data bytes of the reply, two for each register. Rejects with a ReadError. The unit has had `pauseMs` of rest
   * since its last request.
   */
  read(request: RegisterRequest, pauseMs = 0): Promise<Buffer> {
    return pauseMs === 0 ? this.#ask(request) : this.#askRested(request, pauseMs);
  }

  async #askRested(request: RegisterRequest, pauseMs: number): Promise<Buffer> {
    const endedAt = this.#endedAt.get(request.unit) ?? Number.NEGATIVE_INFINITY;
    const wait = endedAt + pauseMs - this.#clock.mono();
    if (wait > 0) await this.#clock.sleep('modbus pause', wait);
    try {
      return await this.#ask(request);
    } finally {
      this.#endedAt.set(request.unit, this.#clock.mono());
    }
  }

  #ask(request: RegisterRequest): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#port.onFailure(reject);
      const { unit, functionCode, address, quantity } = request;
      const done = (error: Error | null, reply: { data: number[]; buffer: Buffer }): void => {
        if (error) reject(errorOf(error));
        else if (reply.data.length === quantity) resolve(reply.buffer);
        else reject(new ReadError('malformed', `${reply.data.length} registers instead of ${quantity}`));
      };
      // The calls that name the unit themselves: setID is a state of the whole client.
      if (functionCode === 3) this.#modbus.writeFC3(unit, address, quantity, done);
      else this.#modbus.writeFC4(unit, address, quantity, done);
    });
  }
}

function errorOf(error: Error): ReadError {
  if ('modbusCode' in error && typeof error.modbusCode === 'number') return new ExceptionReply(error.modbusCode);
  return new ReadError('malformed', messageOf(error), { cause: error });
}
