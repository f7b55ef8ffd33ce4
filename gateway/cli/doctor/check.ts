import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import type { Settings } from '#platform/settings/schema.ts';
import type { StateStore } from '#stores/state-store.ts';

export const VERDICTS = ['ok', 'warning', 'fault'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Code of the error with which `Examined.registry` rejects while none is stored. */
export const NO_REGISTRY = 'no_registry';

/** One thing that was looked at. `remedy`: what to do about it; null when all is well. */
export interface Finding {
  readonly verdict: Verdict;
  /** What was found, without secrets and without data of customers. */
  readonly what: string;
  readonly remedy: string | null;
}

/** What checks work with. */
export interface Examined {
  readonly settings: Settings;
  /** Absolute. */
  readonly dataDir: string;
  readonly clock: Clock;
  /** Bytes that can still be written at a path, and the size of its file system. */
  readonly space: (path: string) => { readonly free: number; readonly size: number };
  readonly nodeVersion: string;
  /** Ports that `npm start` told of itself; null where it did not start the programs. */
  readonly ports: { readonly broker: number | null; readonly api: number | null };
  readonly state: StateStore;
  /** Rejects while no registry can be read. */
  readonly registry: () => Promise<RegistryIndex>;
}

export interface Check {
  readonly name: string;
  /** How long it may take. */
  readonly deadlineMs: number;
  /** What it means when it takes longer. */
  readonly late: Verdict;
  readonly run: (examined: Examined) => Promise<readonly Finding[]> | readonly Finding[];
}

export function ok(what: string): Finding {
  return { verdict: 'ok', what, remedy: null };
}

export function warning(what: string, remedy: string): Finding {
  return { verdict: 'warning', what, remedy };
}

export function fault(what: string, remedy: string): Finding {
  return { verdict: 'fault', what, remedy };
}

/** Findings of a check, whatever it does: one that fails or takes too long is a finding itself. Never rejects. */
export async function findingsOf(check: Check, examined: Examined): Promise<readonly Finding[]> {
  let cancel = (): void => {};
  const late = new Promise<readonly Finding[]>((resolve) => {
    cancel = examined.clock.after(`doctor ${check.name}`, check.deadlineMs, () =>
      resolve([
        {
          verdict: check.late,
          what: `no answer within ${check.deadlineMs / 1000} s`,
          remedy: 'look whether the machine is overloaded or its disk or network hangs, then check again',
        },
      ]),
    );
  });
  try {
    return await Promise.race([Promise.resolve(check.run(examined)), late]);
  } catch (error) {
    // The check of the state store has said so.
    if (error instanceof MeterwayError && error.code === NO_REGISTRY) return [];
    return [fault(textOf(error), 'the message says what would be right')];
  } finally {
    cancel();
  }
}

function textOf(error: unknown): string {
  return error instanceof MeterwayError ? error.message : `unexpected error: ${messageOf(error)}`;
}

/** A length of time as one reads it, from ms: `90 s`, `5 min`, `3 h`, `2 d`. */
export function span(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}
