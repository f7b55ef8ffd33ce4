import type { CollectorStatus } from '#contract/status.ts';
import type { StatusStore } from '../state-store.ts';
import type { StateAccess } from './access.ts';

export class SqlStatus implements StatusStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  save(district: string, collector: string, status: CollectorStatus): Promise<void> {
    const status_json = JSON.stringify(status);
    return this.#access.write(async (db) => {
      await db
        .insertInto('collector_status')
        .values({ district, collector, status_json })
        .onConflict((conflict) => conflict.columns(['district', 'collector']).doUpdateSet({ status_json }))
        .execute();
    });
  }

  all(): Promise<{ district: string; collector: string; status: CollectorStatus }[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('collector_status')
        .selectAll()
        .orderBy('district')
        .orderBy('collector')
        .execute();
      return rows.map(({ district, collector, status_json }) => ({
        district,
        collector,
        status: JSON.parse(status_json) as CollectorStatus,
      }));
    });
  }
}
