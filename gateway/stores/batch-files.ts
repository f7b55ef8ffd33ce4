import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { MeterwayError, messageOf, systemCode } from '#platform/errors.ts';
import { syncFolder } from '#platform/files.ts';

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** Rows of a gzip member: what reading one row costs, and what a reader holds in memory. */
export const MEMBER_ROWS = 1000;

/** Bounds for what is set aside to unpack a member, bytes. */
const LEAST_PIECE = 1024;
const MOST_PIECE = 16 * 1024 * 1024;

/** Ends the file; the eight bytes before it are the length of the index. */
const MAGIC = Buffer.from('MWROWS01');
const TAIL_BYTES = 16;

interface Index {
  readonly rows: number;
  /** Of all row lines, hexadecimal. */
  readonly sha256: string;
  /** Bytes of lines before packing. */
  readonly bytes: number;
  /** Of each member: where it begins in the file; one more for the end of the last. */
  readonly offsets: readonly number[];
  /** Key of the first row of each member. */
  readonly first: readonly string[];
}

/** A row of a batch as it is delivered: one line of JSON without its end. */
export interface RowLine {
  /** Ascending by code unit, each once. */
  readonly key: string;
  readonly line: string;
}

/**
 * Rows of billing batches, a file for each: gzip members of 1000 lines and an index of them at the end. A file is
 * there whole or not at all, and never changes.
 */
export class BatchFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes the rows of a batch; what a killed process left of it goes. Rows must come ascending by key. */
  async write(id: string, rows: AsyncIterable<readonly RowLine[]>): Promise<{ rows: number; sha256: string }> {
    await mkdir(this.#folder, { recursive: true });
    const temporary = join(this.#folder, `${id}.rows.tmp`);
    await rm(temporary, { force: true });
    const file = await open(temporary, 'wx');
    try {
      const written = await writeRows(file, rows);
      await file.sync();
      await file.close();
      await rename(temporary, this.#path(id));
      syncFolder(this.#folder);
      return written;
    } catch (error) {
      await file.close();
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** Rejects with `batch_file_missing` or `batch_file_damaged`. */
  async open(id: string): Promise<BatchFile> {
    const path = this.#path(id);
    const file = await open(path, 'r').catch((cause: unknown) => {
      throw new MeterwayError(`cannot read the rows of batch ${id}: ${messageOf(cause)}`, {
        code: 'batch_file_missing',
        cause,
      });
    });
    try {
      return new BatchFile(file, path, await readIndex(file, path));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Deletes what killed processes left half-written, where the folder is there at all. Nothing may be writing meanwhile. */
  async tidy(): Promise<void> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    });
    for (const name of names) if (name.endsWith('.rows.tmp')) await rm(join(this.#folder, name), { force: true });
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.rows`);
  }
}

async function writeRows(
  file: FileHandle,
  pages: AsyncIterable<readonly RowLine[]>,
): Promise<{ rows: number; sha256: string }> {
  const hash = createHash('sha256');
  const offsets = [0];
  const first: string[] = [];
  let [rows, bytes] = [0, 0];
  for await (const member of members(pages)) {
    const text = Buffer.from(member.map(({ line }) => `${line}\n`).join(''));
    hash.update(text);
    const packed = await pack(text, { level: 1 });
    await file.writeFile(packed);
    offsets.push((offsets.at(-1) ?? 0) + packed.length);
    first.push(member[0]?.key ?? '');
    rows += member.length;
    bytes += text.length;
  }
  const sha256 = hash.digest('hex');
  const index = Buffer.from(JSON.stringify({ rows, sha256, bytes, offsets, first } satisfies Index));
  const tail = Buffer.alloc(TAIL_BYTES - MAGIC.length);
  tail.writeBigUInt64BE(BigInt(index.length));
  await file.writeFile(Buffer.concat([index, tail, MAGIC]));
  return { rows, sha256 };
}

/** Pages of any size as members of the same size, whatever the pages were: the file is a function of its rows. */
async function* members(pages: AsyncIterable<readonly RowLine[]>): AsyncGenerator<readonly RowLine[]> {
  let waiting: RowLine[] = [];
  let last: string | null = null;
  for await (const page of pages) {
    for (const row of page) {
      if (last !== null && row.key <= last) throw new RangeError(`cannot write row ${row.key} after ${last}`);
      last = row.key;
      waiting.push(row);
      if (waiting.length < MEMBER_ROWS) continue;
      yield waiting;
      waiting = [];
    }
  }
  if (waiting.length > 0) yield waiting;
}

async function readIndex(file: FileHandle, path: string): Promise<Index> {
  const { size } = await file.stat();
  const tail = size < TAIL_BYTES ? Buffer.alloc(TAIL_BYTES) : await readAt(file, path, size - TAIL_BYTES, TAIL_BYTES);
  const length = Number(tail.readBigUInt64BE(0));
  if (!tail.subarray(8).equals(MAGIC) || length > size - TAIL_BYTES) throw damaged(path, 'it has no index at its end');
  const text = await readAt(file, path, size - TAIL_BYTES - length, length);
  return JSON.parse(text.toString()) as Index;
}

async function readAt(file: FileHandle, path: string, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
  if (bytesRead < length) throw damaged(path, `it ends ${length - bytesRead} bytes too early`);
  return buffer;
}

function damaged(path: string, why: string): MeterwayError {
  return new MeterwayError(`cannot read ${path}: ${why}; make the batch again, its reads are in the stores`, {
    code: 'batch_file_damaged',
  });
}

/** The rows of one batch. */
export class BatchFile {
  readonly rows: number;
  readonly sha256: string;
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #index: Index;
  /** The member read last: who asks in the order of keys has every member unpacked once. */
  #newest: { readonly member: number; readonly lines: readonly string[] } | null = null;

  constructor(file: FileHandle, path: string, index: Index) {
    this.#file = file;
    this.#path = path;
    this.#index = index;
    this.rows = index.rows;
    this.sha256 = index.sha256;
  }

  /** Lines with their ends from a row on (the first is 0), up to another one, by pieces of at most 1000. */
  async *pieces(from = 0, to = this.rows): AsyncGenerator<{ readonly rows: number; readonly text: Buffer }> {
    const end = Math.min(to, this.rows);
    if (from >= end) return;
    const last = Math.floor((end - 1) / MEMBER_ROWS);
    const ahead = (member: number): Promise<Buffer> | null => (member <= last ? this.#text(member) : null);
    let coming = ahead(Math.floor(from / MEMBER_ROWS));
    for (let row = from; row < end && coming; ) {
      const member = Math.floor(row / MEMBER_ROWS);
      const text = await coming;
      // The next piece is unpacked while this one is on its way.
      coming = ahead(member + 1);
      coming?.catch(() => {});
      const [skip, until] = [row - member * MEMBER_ROWS, Math.min(end, (member + 1) * MEMBER_ROWS)];
      const rows = until - row;
      const whole = skip === 0 && until === Math.min(this.rows, (member + 1) * MEMBER_ROWS);
      yield { rows, text: whole ? text : linesOf(text, skip, rows) };
      row = until;
    }
  }

  /** Lines of the named keys that are there, by key; `keyOf` finds the key of a line. */
  async find(keys: readonly string[], keyOf: (line: string) => string): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const wanted = Map.groupBy(keys, (key) => this.#memberOf(key));
    for (const [member, ofMember] of [...wanted].toSorted(([a], [b]) => a - b)) {
      if (member < 0) continue;
      const names = new Set(ofMember);
      for (const line of await this.#lines(member)) {
        const key = keyOf(line);
        if (names.has(key)) found.set(key, line);
      }
    }
    return found;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** The last member whose first key is not after a key; −1 when all are. */
  #memberOf(key: string): number {
    const { first } = this.#index;
    let [low, high] = [0, first.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((first[middle] ?? '') <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  async #lines(member: number): Promise<readonly string[]> {
    if (this.#newest?.member !== member) {
      const lines = (await this.#text(member)).toString().split('\n').slice(0, -1);
      this.#newest = { member, lines };
    }
    return this.#newest.lines;
  }

  async #text(member: number): Promise<Buffer> {
    const begin = this.#index.offsets[member] ?? 0;
    const end = this.#index.offsets[member + 1] ?? 0;
    const packed = await readAt(this.#file, this.#path, begin, end - begin);
    return unpack(packed, { chunkSize: lengthOf(packed) }).catch((cause: unknown) => {
      throw damaged(this.#path, messageOf(cause));
    });
  }
}

/**
 * Bytes of a gzip member once it is unpacked, by its own word (ISIZE of RFC 1952): unpacked into one buffer it is copied
 * by nobody. A word that is not believable is that of a damaged member, of which unpacking tells.
 */
function lengthOf(packed: Buffer): number {
  const said = packed.length < 4 ? 0 : packed.readUInt32LE(packed.length - 4);
  return Math.min(MOST_PIECE, Math.max(LEAST_PIECE, said));
}

/** `rows` lines after the first `skip`. */
function linesOf(text: Buffer, skip: number, rows: number): Buffer {
  let begin = 0;
  for (let i = 0; i < skip; i++) begin = text.indexOf(10, begin) + 1;
  let end = begin;
  for (let i = 0; i < rows; i++) end = text.indexOf(10, end) + 1;
  return text.subarray(begin, end);
}
