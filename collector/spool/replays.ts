import type { Statement } from '#platform/sqlite/protocol.ts';
import { sealed, unsealed } from './checksum.ts';
import { metaStatement } from './state.ts';

/** A request of the centre to send again what is held: when it was taken, and how many records are sent for it. */
export interface Replayed {
  readonly id: string;
  readonly at: number;
  readonly rows: number;
}

const KEY = 'replays';

/** Newest last. One that was damaged is done once more, which changes nothing at the centre. */
export function replayedOf(meta: ReadonlyMap<string, string>): Replayed[] {
  const text = unsealed(meta.get(KEY) ?? '');
  return text ? (JSON.parse(text) as Replayed[]) : [];
}

export function replayStatement(replays: readonly Replayed[]): Statement {
  return metaStatement(KEY, sealed(JSON.stringify(replays)));
}
