import { malformedContent, ReadError } from '../../lines/read-error.ts';

/** Bytes of the block field before each piece of a split APDU, low byte first. */
export const FIELD_BYTES = 2;
/** Bits 15..14. The receiver answers a block with `confirm` and the block's number, and no piece. */
const BLOCK_ROLES = ['start', 'last', 'confirm', 'middle'] as const;

/** Bits 11..0; 13 and 12 are reserved and may be set. */
const NUMBER_BITS = 0x0fff;
/** Blocks after which a server is taken to be counting for ever: more than any answer to a read has. */
const MOST_BLOCKS = 64;

/** Which block of a split APDU a frame carries (DL/T 698.45, block format field). */
export interface BlockField {
  readonly role: (typeof BLOCK_ROLES)[number];
  readonly number: number;
}

export function blockField(data: Uint8Array): BlockField {
  const word = (data[0] ?? 0) | ((data[1] ?? 0) << 8);
  return { role: BLOCK_ROLES[word >> 14] ?? 'start', number: word & NUMBER_BITS };
}

export function blockBytes({ role, number }: BlockField): Uint8Array {
  const word = (BLOCK_ROLES.indexOf(role) << 14) | (number & NUMBER_BITS);
  return Uint8Array.of(word & 0xff, word >> 8);
}

/** Puts the pieces of one split APDU together, in the order of their block numbers. */
export class Reassembly {
  readonly #pieces: Uint8Array[] = [];
  #last = -1;

  /** Number of the block taken last. */
  get number(): number {
    return this.#last;
  }

  /**
   * `next`: this block continues what is here; `repeated`: it came before, or belongs to an earlier transfer; a text:
   * it shows that a block was lost.
   */
  judge({ role, number }: BlockField): 'next' | 'repeated' | { readonly malformed: string } {
    if (role === 'confirm') return 'repeated';
    if (this.#pieces.length === 0) return role === 'start' ? 'next' : 'repeated';
    const ahead = (number - this.#last) & NUMBER_BITS;
    if (ahead === 1 && role !== 'start') return 'next';
    if (ahead === 0 || ahead > NUMBER_BITS / 2) return 'repeated';
    return { malformed: `block ${number} (${role}) instead of ${(this.#last + 1) & NUMBER_BITS}` };
  }

  /** The whole APDU after the last block, null before. Throws ReadError `malformed` for a block that is not next. */
  add(field: BlockField, piece: Uint8Array): Uint8Array | null {
    if (this.judge(field) !== 'next') throw malformedContent(`block ${field.number} (${field.role}) is not the next`);
    if (this.#pieces.length >= MOST_BLOCKS) {
      throw new ReadError('malformed', `more than ${MOST_BLOCKS} blocks`, { next: 'skip', answered: true });
    }
    this.#pieces.push(piece);
    this.#last = field.number;
    return field.role === 'last' ? Uint8Array.from(Buffer.concat(this.#pieces)) : null;
  }
}
