import { type Static, Type } from 'typebox';
import { Id } from './ids.ts';

/**
 * On `down/replay`, retained: the collector sends again what it holds and has written at or after `since` (UTC ms), the
 * committed results included, because a store of the centre went back in time. Each id is taken once; the status names
 * the one that was taken last. An empty message means that nothing is asked for.
 */
export const Replay = Type.Object(
  { v: Type.Literal(1), id: Id, since: Type.Integer() },
  { additionalProperties: false },
);
export type Replay = Static<typeof Replay>;
