import type { CentreEventType } from '#contract/centre-event.ts';
import type { Delivery, DeliveryState, DisabledWhy, Webhook, WebhookChange } from '../webhook-store.ts';
import type { StateTables } from './tables.ts';

type WebhookRow = StateTables['webhook'];
type DeliveryRow = StateTables['webhook_delivery'];

export function rowOfWebhook(webhook: Webhook): WebhookRow {
  return {
    id: webhook.id,
    name: webhook.name,
    url: webhook.url,
    types_json: listText(webhook.types),
    districts_json: listText(webhook.districts),
    per_minute: webhook.perMinute,
    secret: webhook.secret,
    previous_secret: webhook.previousSecret,
    previous_until: webhook.previousUntil,
    disabled_why: webhook.disabledWhy,
    created_by: webhook.createdBy,
    created_at: webhook.createdAt,
    position: webhook.position,
  };
}

/** Columns of what changes; null is a value, undefined is none. */
export function columnsOf(change: WebhookChange): Partial<WebhookRow> {
  const { name, url, types, districts, perMinute, secret, previousSecret, previousUntil, disabledWhy, position } =
    change;
  const all = {
    name,
    url,
    types_json: types === undefined ? undefined : listText(types),
    districts_json: districts === undefined ? undefined : listText(districts),
    per_minute: perMinute,
    secret,
    previous_secret: previousSecret,
    previous_until: previousUntil,
    disabled_why: disabledWhy,
    position,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export function webhookOf(row: WebhookRow): Webhook {
  return {
    id: row.id,
    name: row.name,
    url: row.url,
    types: listOf<CentreEventType>(row.types_json),
    districts: listOf<string>(row.districts_json),
    perMinute: row.per_minute,
    secret: row.secret,
    previousSecret: row.previous_secret,
    previousUntil: row.previous_until,
    disabledWhy: row.disabled_why as DisabledWhy | null,
    createdBy: row.created_by,
    createdAt: row.created_at,
    position: row.position,
  };
}

export function deliveryOf(row: DeliveryRow): Delivery {
  return {
    webhook: row.webhook,
    id: row.id,
    positions: JSON.parse(row.positions_json) as number[],
    state: row.state as DeliveryState,
    createdAt: row.created_at,
    attempts: row.attempts,
    nextAt: row.next_at,
    lastAt: row.last_at,
    lastStatus: row.last_status,
    lastError: row.last_error,
  };
}

function listText(list: readonly string[] | null): string | null {
  return list === null ? null : JSON.stringify(list);
}

function listOf<T extends string>(text: string | null): T[] | null {
  return text === null ? null : (JSON.parse(text) as T[]);
}
