import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { damaged } from './damaged.ts';
import type { Duck } from './duckdb.ts';
import { exactPath } from './duckdb.ts';
import type { Stretch, TaskFile } from './manifest.ts';

const READ_BYTES = 1 << 20;

/** Name and length of each row group, with the meters that its statistics name. */
const ROW_GROUPS = `
  SELECT row_group_id::DOUBLE, min(coalesce(dictionary_page_offset, data_page_offset))::DOUBLE,
    sum(total_compressed_size)::DOUBLE,
    any_value(stats_min_value) FILTER (path_in_schema = 'meter'),
    any_value(stats_max_value) FILTER (path_in_schema = 'meter')
  FROM parquet_metadata($1) GROUP BY row_group_id ORDER BY row_group_id`;

/** Digests of the whole file and of its stretches. */
export async function digestsOf(
  duck: Duck,
  path: string,
): Promise<{ bytes: number; sha256: string; stretches: Stretch[] }> {
  const ends: { end: number; meters: Stretch['meters'] }[] = [];
  await duck.query(ROW_GROUPS, [exactPath(path)], ([, starts, sizes, froms, tos], count) => {
    for (let i = 0; i < count; i++) {
      const [from, to] = [froms?.[i], tos?.[i]];
      const meters = typeof from === 'string' && typeof to === 'string' ? { from, to } : null;
      ends.push({ end: (starts?.[i] as number) + (sizes?.[i] as number), meters });
    }
  });
  const file = await open(path);
  try {
    const { size } = await file.stat();
    ends.push({ end: size, meters: null });
    const whole = createHash('sha256');
    const stretches: Stretch[] = [];
    let at = 0;
    for (const { end, meters } of ends) {
      const sha256 = await digest(file, at, end, whole);
      stretches.push({ bytes: end - at, sha256, meters });
      at = end;
    }
    return { bytes: size, sha256: whole.digest('hex'), stretches };
  } finally {
    await file.close();
  }
}

/**
 * Stretches of archived files that this process has found as they were written. DuckDB cannot tell: Parquet pages
 * written by it carry no checksum, and most flipped bits come back as another value. Each stretch is looked at once,
 * before the first read that needs it; what goes bad on the disk later is found by the next process.
 */
export class Intact {
  readonly #known = new Set<string>();

  /**
   * Rejects with `archive_damaged` unless everything is sound that a read of these meters touches; null is all meters.
   */
  async check(path: string, file: TaskFile, meters: readonly string[] | null): Promise<void> {
    let handle: FileHandle | null = null;
    let at = 0;
    try {
      for (const [n, stretch] of file.stretches.entries()) {
        const key = `${n} ${path}`;
        if (!this.#known.has(key) && touches(stretch, meters)) {
          handle ??= await open(path);
          const found = await digest(handle, at, at + stretch.bytes);
          if (found !== stretch.sha256) {
            throw damaged(path, `bytes ${at} to ${at + stretch.bytes} are not as they were written`);
          }
          this.#known.add(key);
        }
        at += stretch.bytes;
      }
    } finally {
      await handle?.close();
    }
  }

  /** Forgets a folder that is gone. */
  forget(folder: string): void {
    for (const key of this.#known) if (key.slice(key.indexOf(' ') + 1).startsWith(folder)) this.#known.delete(key);
  }
}

function touches({ meters: held }: Stretch, meters: readonly string[] | null): boolean {
  return held === null || meters === null || meters.some((meter) => held.from <= meter && meter <= held.to);
}

/** SHA-256 of the bytes from `start` up to `end`, which also go into `whole`. */
async function digest(file: FileHandle, start: number, end: number, whole?: Hash): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, end - start));
  for (let at = start; at < end; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - at), at);
    if (bytesRead === 0) break;
    const part = buffer.subarray(0, bytesRead);
    hash.update(part);
    whole?.update(part);
    at += bytesRead;
  }
  return hash.digest('hex');
}
