import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { NamedFault } from '../district/default-faults.ts';
import type { ScenarioName } from '../district/scenario.ts';
import type { Fault } from '../faults/fault.ts';

/** What must survive a restart for the district to be the same one. */
export interface DistrictState {
  readonly v: 1;
  /** The default one if left out. */
  readonly scenario?: ScenarioName;
  readonly seed: number;
  readonly anchorMs: number;
  /** By line. */
  readonly ports: Readonly<Record<string, number>>;
  readonly faults: readonly NamedFault[];
}

/** Undefined when there is none yet. Throws when it cannot be used. */
export function readState(path: string): DistrictState | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Error(`cannot read ${path}`, { cause: error });
  }
  const state: unknown = JSON.parse(text);
  if (typeof state !== 'object' || state === null || !('v' in state) || state.v !== 1) {
    throw new Error(`cannot use ${path}: it is not the state of a simulated district of version 1`);
  }
  return state as DistrictState;
}

/** The fault in the form in which it is put. */
export function namedFault({ id, kind, target, from, until, params }: Fault): NamedFault {
  return { id, fault: { kind, target: { [target.kind]: target.id }, from, until, ...params } };
}

/** Replaces a file whole or not at all. */
export function writeWhole(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  const file = openSync(temporary, 'w', 0o644);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
