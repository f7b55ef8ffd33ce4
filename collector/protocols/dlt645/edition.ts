import { READ_DATA, READ_DATA_1997, READ_FOLLOW_UP, READ_FOLLOW_UP_1997, type ReadControl } from './frame-encode.ts';

/** What differs between the two editions of the standard when data is read. Frames are the same. */
export interface Edition {
  readonly read: ReadControl;
  readonly followUp: ReadControl;
  /** Bytes of a data identifier. */
  readonly diBytes: number;
  /** True when follow-up frames are numbered, in the request and at the end of the reply. */
  readonly hasSequence: boolean;
}

export const EDITION_2007: Edition = { read: READ_DATA, followUp: READ_FOLLOW_UP, diBytes: 4, hasSequence: true };
export const EDITION_1997: Edition = {
  read: READ_DATA_1997,
  followUp: READ_FOLLOW_UP_1997,
  diBytes: 2,
  hasSequence: false,
};
