import type { Clock } from '#platform/clock.ts';
import { ReadError } from '../../lines/read-error.ts';
import type { ModbusProfile } from '../../profiles/modbus-profile.ts';
import { ExceptionReply } from './exceptions.ts';
import type { RegisterClient } from './register-client.ts';
import type { RegisterRequest } from './register-request.ts';
import { UnitSync } from './unit-sync.ts';

/** What must be known of a meter's model to ask it anything. */
export type Model = Pick<ModbusProfile, 'functionCode' | 'probe' | 'quirks'>;

/** Probes in a row before the unit is given up for this time. */
const MOST_PROBES = 4;

/** The meter refuses even the block that every meter of its model answers. It says nothing of the block that was wanted. */
export class ProbeRefused extends ReadError {
  constructor({ detail, cause }: ExceptionReply, { probe }: Model) {
    super('not_supported', `the probe at ${probe.address} was refused: ${detail}`, {
      next: 'skip',
      answered: true,
      cause,
    });
  }
}

/** Reads of the units on one line. */
export interface UnitReader {
  /** Data bytes of the registers asked for, and of no others. */
  read(request: RegisterRequest, model: Model): Promise<Buffer>;
  /** One cheap request. */
  probe(unit: number, model: Model): Promise<void>;
}

function probeRequest(unit: number, { functionCode, probe }: Model, quantity: number): RegisterRequest {
  return { unit, functionCode, address: probe.address, quantity };
}

/** Modbus TCP: transaction ids tell replies apart. */
export class TcpUnits implements UnitReader {
  readonly #client: RegisterClient;

  constructor(client: RegisterClient) {
    this.#client = client;
  }

  read(request: RegisterRequest, model: Model): Promise<Buffer> {
    return this.#client.read(request, model.quirks.pauseMs);
  }

  async probe(unit: number, model: Model): Promise<void> {
    await this.read(probeRequest(unit, model, model.probe.quantities[0] ?? 1), model);
  }
}

/** Modbus RTU: keeps each unit in step, see UnitSync. */
export class RtuUnits implements UnitReader {
  readonly #client: RegisterClient;
  readonly #clock: Clock;
  readonly #units = new Map<number, UnitSync>();

  constructor(client: RegisterClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  async read(request: RegisterRequest, model: Model): Promise<Buffer> {
    const sync = this.#syncOf(request.unit);
    for (let probes = 0; sync.needsProbe(request, this.#clock.mono()); probes++) {
      if (probes === MOST_PROBES) throw new ReadError('no_answer', 'late replies: the unit is out of step');
      await this.#step(sync, request, model, probes === MOST_PROBES - 1);
    }
    return this.#send(sync, request, model);
  }

  async probe(unit: number, model: Model): Promise<void> {
    const sync = this.#syncOf(unit);
    await this.#send(sync, probeRequest(unit, model, sync.probeQuantity(null, model.probe.quantities)), model);
  }

  /** One probe. An exception may be the late answer to something else: the next probe has another length. */
  async #step(sync: UnitSync, next: RegisterRequest, model: Model, isLast: boolean): Promise<void> {
    const quantity = sync.probeQuantity(next, model.probe.quantities);
    try {
      await this.#send(sync, probeRequest(next.unit, model, quantity), model);
    } catch (error) {
      if (!(error instanceof ExceptionReply) || error.isOfGateway) throw error;
      if (isLast) throw error.isAboutBlock ? new ProbeRefused(error, model) : error;
    }
  }

  async #send(sync: UnitSync, request: RegisterRequest, model: Model): Promise<Buffer> {
    sync.sent(request, this.#clock.mono());
    try {
      const data = await this.#client.read(request, model.quirks.pauseMs);
      sync.answered(this.#clock.mono());
      return data;
    } catch (error) {
      sync.lost(this.#clock.mono());
      throw error;
    }
  }

  #syncOf(unit: number): UnitSync {
    let sync = this.#units.get(unit);
    if (!sync) {
      sync = new UnitSync(this.#clock.mono());
      this.#units.set(unit, sync);
    }
    return sync;
  }
}
