import type { NewCentreEvent } from '#contract/centre-event.ts';
import type { CollectorStatus } from '#contract/status.ts';
import type { StatusStore, StoredStatus } from '../state-store.ts';
import type { StateAccess } from './access.ts';
import { announce } from './events.ts';

export class SqlStatus implements StatusStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  save({ district, collector, status, receivedAt }: StoredStatus): Promise<void> {
    const said = { status_json: JSON.stringify(status), received_at: receivedAt };
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        const before = await trx
          .selectFrom('collector_status')
          .select('status_json')
          .where('district', '=', district)
          .where('collector', '=', collector)
          .executeTakeFirst();
        await trx
          .insertInto('collector_status')
          .values({ district, collector, ...said })
          .onConflict((conflict) => conflict.columns(['district', 'collector']).doUpdateSet(said))
          .execute();
        const wasOnline = before !== undefined && (JSON.parse(before.status_json) as CollectorStatus).online;
        if (status.online !== wasOnline) {
          await announce(trx, [presence({ district, collector, status, receivedAt })], receivedAt);
        }
      }),
    );
  }

  all(): Promise<StoredStatus[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('collector_status')
        .selectAll()
        .orderBy('district')
        .orderBy('collector')
        .execute();
      return rows.map(({ district, collector, status_json, received_at }) => ({
        district,
        collector,
        status: JSON.parse(status_json) as CollectorStatus,
        receivedAt: received_at,
      }));
    });
  }
}

/** One that was never heard counts as offline, so that its first word is told. */
function presence({ district, collector, status, receivedAt }: StoredStatus): NewCentreEvent {
  const { host, spool, version } = status;
  return {
    type: status.online ? 'collector.online.v1' : 'collector.offline.v1',
    at: receivedAt,
    district,
    subject: collector,
    evidenceAt: receivedAt,
    data: { collector, host, version, spooled: spool.rows },
  };
}
