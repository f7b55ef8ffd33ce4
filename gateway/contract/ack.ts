import { type Static, Type } from 'typebox';
import { Id } from './ids.ts';

/**
 * Commit ack on `down/ack`, retained: everything up to and including `upTo` of `epoch` is in the stores, and so is
 * everything above it up to `seen` that lies in none of `gaps` (inclusive ranges). Only this lets a collector stop sending.
 * What is named a gap is sent again, also when an earlier ack had it as committed: the centre was restored from a backup.
 */
export const Ack = Type.Object(
  {
    v: Type.Literal(1),
    epoch: Id,
    upTo: Type.Integer({ minimum: 0 }),
    seen: Type.Integer({ minimum: 0 }),
    gaps: Type.Array(Type.Tuple([Type.Integer({ minimum: 1 }), Type.Integer({ minimum: 1 })]), { maxItems: 1000 }),
  },
  { additionalProperties: false },
);
export type Ack = Static<typeof Ack>;
