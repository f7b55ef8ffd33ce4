import { type EventRow, TERMINAL_POWER_DOWN } from '#contract/envelope.ts';
import type { PlanLine, PlanMeter } from '#contract/plan.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { SupplyEvent, SupplyListener } from '../protocols/supply-event.ts';

interface SupplyTellerParts {
  readonly line: Pick<PlanLine, 'id' | 'concentrator'>;
  readonly meters: readonly PlanMeter[];
  readonly zone: string;
  /** Dates the rows. */
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  /** Resolves when the rows are on disk. */
  readonly keep: (rows: readonly EventRow[]) => Promise<void>;
}

/**
 * Puts the names of the plan to what is told unasked on one line: the concentrator behind it, and its meters by their
 * addresses. What nobody in the plan is called is told in the log and let go.
 */
export class SupplyTeller implements SupplyListener {
  readonly zone: string;
  readonly #parts: SupplyTellerParts;
  readonly #meters: ReadonlyMap<string, string>;

  constructor(parts: SupplyTellerParts) {
    this.zone = parts.zone;
    this.#parts = parts;
    this.#meters = new Map(parts.meters.map(({ address, id }) => [plain(address), id]));
  }

  readonly tell = async (events: readonly SupplyEvent[]): Promise<void> => {
    const { clock, keep } = this.#parts;
    const readAt = clock.now();
    const rows = events.flatMap((event) => this.#row(event, readAt));
    if (rows.length > 0) await keep(rows);
  };

  #row({ meter: address, start, end }: SupplyEvent, readAt: number): EventRow[] {
    const { line, logger } = this.#parts;
    const meter = address === null ? line.concentrator : this.#meters.get(plain(address));
    if (meter === null || meter === undefined) {
      const why = address === null ? 'the line names no concentrator' : `no meter with address ${address}`;
      logger.warn({ line: line.id, why, since: start }, 'an interruption of somebody unknown is let go');
      return [];
    }
    return [{ meter, kind: address === null ? TERMINAL_POWER_DOWN : 'power_down', start, end, readAt }];
  }
}

/** Zeros on the high side do not count. */
function plain(address: string): string {
  return address.replace(/^0+(?=.)/, '');
}
