import type { EventKind } from '#contract/envelope.ts';

/**
 * What a meter or the office told of one meter. `at`, UTC ms: when it was read, or when the order took effect; `start`
 * of an event: when the meter says that it happened. `clock`: meter minus collector. `credit`: what is left, yuan.
 * `command`: what an order wants of the relay from then on; null = no order is in force.
 */
export type StateFact =
  | { readonly kind: 'clock'; readonly at: number; readonly offsetS: number }
  | { readonly kind: 'event'; readonly at: number; readonly event: EventKind; readonly start: number }
  | { readonly kind: 'relay'; readonly at: number; readonly open: boolean }
  | { readonly kind: 'credit'; readonly at: number; readonly amountCny: number }
  | { readonly kind: 'command'; readonly at: number; readonly relay: 'open' | 'closed' | null };
