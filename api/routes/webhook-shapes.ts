import type { Static } from 'typebox';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Delivery, Webhook } from '#stores/webhook-store.ts';
import { ApiProblem } from '../errors.ts';
import { shown } from '../queries/collection.ts';
import type { DeliveryShape, WebhookShape } from '../schemas/webhooks.ts';
import type { Kit } from './route-kit.ts';

export async function webhookById({ state }: Pick<Kit, 'state'>, id: string): Promise<Webhook> {
  const found = await state.webhooks.get(id);
  if (found) return found;
  throw new ApiProblem('unknown_webhook', `no webhook has the id ${id}`);
}

/** Without its secrets: these are shown once, when they are made. */
export function webhookShape({ registry }: RegistryIndex, webhook: Webhook): Static<typeof WebhookShape> {
  const { id, name, url, types, districts, perMinute, disabledWhy, previousUntil, createdBy } = webhook;
  return {
    ...{ id, name, url, types: types && [...types], districts: districts && [...districts], perMinute },
    enabled: disabledWhy === null,
    disabledWhy,
    previousSecretUntil: shown(registry.timeZone, previousUntil),
    createdBy,
    createdAt: shown(registry.timeZone, webhook.createdAt) ?? '',
    position: String(webhook.position),
  };
}

export function deliveryShape({ registry }: RegistryIndex, delivery: Delivery): Static<typeof DeliveryShape> {
  const { id, positions, state, attempts, lastStatus, lastError } = delivery;
  const at = (instant: number | null): string | null => shown(registry.timeZone, instant);
  return {
    id,
    positions: positions.map(String),
    state,
    createdAt: at(delivery.createdAt) ?? '',
    attempts,
    nextAttemptAt: state === 'waiting' ? at(delivery.nextAt) : null,
    lastAttemptAt: at(delivery.lastAt),
    lastStatus,
    lastError,
  };
}
