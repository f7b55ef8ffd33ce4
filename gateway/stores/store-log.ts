import type { Logger } from '#platform/logger.ts';

/** Where a store tells what nobody asked it for: a migration, damage, a part set aside. */
export type StoreLog = Pick<Logger, 'info' | 'warn' | 'error'>;

export const NO_LOG: StoreLog = { info: () => {}, warn: () => {}, error: () => {} };
