import { type RawBuilder, sql } from 'kysely';
import type { Attempt, Delivery, OpenDeliveries, Webhook, WebhookChange, WebhookStore } from '../webhook-store.ts';
import type { StateAccess } from './access.ts';
import { columnsOf, deliveryOf, rowOfWebhook, webhookOf } from './webhook-rows.ts';

/** There is one sender. */
const SENDER = 1;

export class SqlWebhooks implements WebhookStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  add(webhook: Webhook): Promise<void> {
    return this.#access.write(async (db) => {
      await db.insertInto('webhook').values(rowOfWebhook(webhook)).execute();
    });
  }

  get(id: string): Promise<Webhook | null> {
    return this.#access.read(null, async (db) => {
      const row = await db.selectFrom('webhook').selectAll().where('id', '=', id).executeTakeFirst();
      return row ? webhookOf(row) : null;
    });
  }

  list(): Promise<Webhook[]> {
    return this.#access.read([], async (db) => {
      const rows = await db.selectFrom('webhook').selectAll().orderBy('created_at').orderBy('id').execute();
      return rows.map(webhookOf);
    });
  }

  change(id: string, change: WebhookChange): Promise<boolean> {
    const columns = columnsOf(change);
    if (Object.keys(columns).length === 0) return this.get(id).then((found) => found !== null);
    return this.#access.write(async (db) => {
      const { numUpdatedRows } = await db.updateTable('webhook').set(columns).where('id', '=', id).executeTakeFirst();
      return numUpdatedRows === 1n;
    });
  }

  remove(id: string): Promise<boolean> {
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        await trx.deleteFrom('webhook_delivery').where('webhook', '=', id).execute();
        const { numDeletedRows } = await trx.deleteFrom('webhook').where('id', '=', id).executeTakeFirst();
        return numDeletedRows === 1n;
      }),
    );
  }

  plan(
    webhook: string,
    from: number,
    to: number,
    deliveries: readonly Pick<Delivery, 'id' | 'positions'>[],
    now: number,
  ): Promise<boolean> {
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable('webhook')
          .set({ position: to })
          .where('id', '=', webhook)
          .where('position', '=', from)
          .executeTakeFirst();
        if (numUpdatedRows !== 1n) return false;
        for (const { id, positions } of deliveries) {
          const again = { state: 'waiting', created_at: now, attempts: 0, next_at: now };
          await trx
            .insertInto('webhook_delivery')
            .values({
              ...{ webhook, id, positions_json: JSON.stringify(positions), position: positions[0] ?? 0, ...again },
              ...{ last_at: null, last_status: null, last_error: '' },
            })
            .onConflict((conflict) =>
              conflict.columns(['webhook', 'id']).doUpdateSet(again).where('webhook_delivery.state', '!=', 'waiting'),
            )
            .execute();
        }
        return true;
      }),
    );
  }

  open(now: number): Promise<OpenDeliveries[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('webhook_delivery')
        .select(['webhook', (eb) => eb.fn.countAll<number>().as('open')])
        .select(sql<number>`sum(case when ${isDue(now)} then 1 else 0 end)`.as('due'))
        .select(sql<number>`sum(case when last_status between 400 and 499 then 0 else 1 end)`.as('unanswered'))
        .where('state', '=', 'waiting')
        .groupBy('webhook')
        .execute();
      return rows.map(({ webhook, open, due, unanswered }) => ({
        ...{ webhook, open: Number(open), due: Number(due), unanswered: Number(unanswered) },
      }));
    });
  }

  due(webhook: string, now: number, limit: number): Promise<Delivery[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('webhook_delivery')
        .selectAll()
        .where('state', '=', 'waiting')
        .where('webhook', '=', webhook)
        .where(isDue(now))
        .orderBy('position')
        .limit(limit)
        .execute();
      return rows.map(deliveryOf);
    });
  }

  attempted({ webhook, id, attempts }: Pick<Delivery, 'webhook' | 'id' | 'attempts'>, attempt: Attempt): Promise<void> {
    const { state, nextAt, lastAt, lastStatus, lastError } = attempt;
    return this.#access.write(async (db) => {
      await db
        .updateTable('webhook_delivery')
        .set({
          ...{ state, attempts: attempts + 1, next_at: nextAt },
          ...{ last_at: lastAt, last_status: lastStatus, last_error: lastError },
        })
        .where('webhook', '=', webhook)
        .where('id', '=', id)
        .where('state', '=', 'waiting')
        .where('attempts', '=', attempts)
        .execute();
    });
  }

  deliveries(webhook: string, filter: Parameters<WebhookStore['deliveries']>[1]): Promise<Delivery[]> {
    return this.#access.read([], async (db) => {
      const { state, limit, after } = filter;
      let found = db.selectFrom('webhook_delivery').selectAll().where('webhook', '=', webhook);
      if (state !== undefined) found = found.where('state', '=', state);
      if (after) {
        const { createdAt, id } = after;
        found = found.where((eb) =>
          eb.or([eb('created_at', '<', createdAt), eb.and([eb('created_at', '=', createdAt), eb('id', '>', id)])]),
        );
      }
      const rows = await found.orderBy('created_at', 'desc').orderBy('id').limit(limit).execute();
      return rows.map(deliveryOf);
    });
  }

  revive(webhook: string, id: string | null, now: number): Promise<number> {
    return this.#access.write(async (db) => {
      let dead = db
        .updateTable('webhook_delivery')
        .set({ state: 'waiting', attempts: 0, next_at: now })
        .where('webhook', '=', webhook)
        .where('state', '=', 'dead');
      if (id !== null) dead = dead.where('id', '=', id);
      return Number((await dead.executeTakeFirst()).numUpdatedRows);
    });
  }

  deadLetters(): Promise<number> {
    return this.#access.read(0, async (db) => {
      const row = await db
        .selectFrom('webhook_delivery')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('state', '=', 'dead')
        .executeTakeFirst();
      return Number(row?.count ?? 0);
    });
  }

  forget(state: 'delivered' | 'dead', endedBefore: number): Promise<void> {
    return this.#access.write(async (db) => {
      await db.deleteFrom('webhook_delivery').where('state', '=', state).where('next_at', '<', endedBefore).execute();
    });
  }

  takeLease(holder: string, now: number, until: number): Promise<boolean> {
    // Another process may have waited for its turn to write by as long as a lease lasts.
    const beyond = until + (until - now);
    return this.#access.write(async (db) => {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('webhook_sender')
        .values({ id: SENDER, holder, until })
        .onConflict((conflict) =>
          conflict
            .column('id')
            .doUpdateSet({ holder, until })
            .where((eb) =>
              eb.or([
                eb('webhook_sender.holder', '=', holder),
                eb('webhook_sender.until', '<=', now),
                eb('webhook_sender.until', '>', beyond),
              ]),
            ),
        )
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    });
  }

  giveUpLease(holder: string): Promise<void> {
    return this.#access.write(async (db) => {
      await db.deleteFrom('webhook_sender').where('holder', '=', holder).execute();
    });
  }
}

function isDue(now: number): RawBuilder<boolean> {
  return sql<boolean>`(next_at <= ${now} or attempts = 0 or last_at > ${now})`;
}
