import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BatchFile, BatchFiles, type RowLine } from '#stores/batch-files.ts';
import { scratchPaths } from './scratch-folder.ts';

const newPath = scratchPaths();

function lines(count: number): RowLine[] {
  return Array.from({ length: count }, (_, i) => {
    const key = `m${String(i * 2).padStart(6, '0')}`;
    return { key, line: `${key} ${'值'.repeat(i % 7)}` };
  });
}

async function* paged(rows: readonly RowLine[], size: number): AsyncGenerator<readonly RowLine[]> {
  for (let i = 0; i < rows.length; i += size) yield rows.slice(i, i + size);
}

const keyOf = (line: string): string => line.split(' ')[0] ?? '';
const textOf = (rows: readonly RowLine[]): string => rows.map(({ line }) => `${line}\n`).join('');

async function read(file: BatchFile, from?: number, to?: number): Promise<string> {
  const parts: Buffer[] = [];
  for await (const { text, rows } of file.pieces(from, to)) {
    expect(text.toString().split('\n').length - 1).toBe(rows);
    parts.push(text);
  }
  return Buffer.concat(parts).toString();
}

describe('files of batches', () => {
  it('hold all rows with their number and hash, whatever the pages were', async () => {
    for (const [count, size] of [
      [0, 1],
      [1, 1],
      [1000, 999],
      [2500, 300],
      [3000, 4000],
    ] as const) {
      const files = new BatchFiles(newPath('billing'));
      const rows = lines(count);
      const sha256 = createHash('sha256').update(textOf(rows)).digest('hex');
      expect(await files.write('b', paged(rows, size))).toEqual({ rows: count, sha256 });
      const file = await files.open('b');
      expect([file.rows, file.sha256, await read(file)]).toEqual([count, sha256, textOf(rows)]);
      await file.close();
    }
  });

  it('give any stretch, and rows by key', async () => {
    const files = new BatchFiles(newPath('billing'));
    const rows = lines(2100);
    await files.write('b', paged(rows, 1000));
    const file = await files.open('b');
    await fc.assert(
      fc.asyncProperty(fc.nat(2200), fc.nat(2200), async (from, to) => {
        expect(await read(file, from, to)).toBe(textOf(rows.slice(from, to)));
      }),
      { numRuns: 40 },
    );
    const all = new Map(rows.map(({ key, line }) => [key, line]));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(4300), { maxLength: 30 }), async (numbers) => {
        const keys = numbers.map((n) => `m${String(n).padStart(6, '0')}`);
        const expected = keys.flatMap((key) => (all.has(key) ? [[key, all.get(key)] as const] : []));
        expect(await file.find(keys, keyOf)).toEqual(new Map(expected));
      }),
      { numRuns: 40 },
    );
    expect(await file.find(['a', 'z'], keyOf)).toEqual(new Map());
    await file.close();
  });

  it('are there whole or not at all', async () => {
    const folder = newPath('billing');
    const files = new BatchFiles(folder);
    async function* breaking(): AsyncGenerator<readonly RowLine[]> {
      yield lines(1500);
      throw new Error('power cut');
    }
    await expect(files.write('b', breaking())).rejects.toThrow('power cut');
    expect(readdirSync(folder)).toEqual([]);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'b.rows.tmp'), 'half');
    await expect(files.open('b')).rejects.toMatchObject({ code: 'batch_file_missing' });
    await files.write('b', paged(lines(3), 3));
    writeFileSync(join(folder, 'c.rows.tmp'), 'half');
    await files.tidy();
    expect(readdirSync(folder)).toEqual(['b.rows']);
    await new BatchFiles(join(folder, 'nowhere')).tidy();
    await expect(new BatchFiles(join(folder, 'b.rows')).tidy()).rejects.toThrow('ENOTDIR');
  });

  it('refuse rows out of order', async () => {
    const files = new BatchFiles(newPath('billing'));
    await expect(files.write('b', paged(lines(3).toReversed(), 3))).rejects.toThrow(/cannot write row/);
  });

  it('that were cut or changed are told, not delivered', async () => {
    const folder = newPath('billing');
    const files = new BatchFiles(folder);
    const path = join(folder, 'b.rows');
    await files.write('b', paged(lines(1500), 500));
    const whole = readFileSync(path);
    const changed = Buffer.from(whole);
    changed.writeUInt8((changed.readUInt8(200) + 1) % 256, 200);
    writeFileSync(path, changed);
    const file = await files.open('b');
    await expect(read(file)).rejects.toMatchObject({ code: 'batch_file_damaged' });
    await file.close();
    for (const length of [0, 10, whole.length - 1]) {
      writeFileSync(path, whole);
      truncateSync(path, length);
      await expect(files.open('b')).rejects.toMatchObject({ code: 'batch_file_damaged' });
    }
  });
});
