import type { CollectorStatus } from '#contract/status.ts';
import type { StatusStore, StoredStatus } from '../state-store.ts';
import type { StateAccess } from './access.ts';

export class SqlStatus implements StatusStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  save({ district, collector, status, receivedAt }: StoredStatus): Promise<void> {
    const said = { status_json: JSON.stringify(status), received_at: receivedAt };
    return this.#access.write(async (db) => {
      await db
        .insertInto('collector_status')
        .values({ district, collector, ...said })
        .onConflict((conflict) => conflict.columns(['district', 'collector']).doUpdateSet(said))
        .execute();
    });
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
