import { execFileSync, spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { xlsx } from '../../api/formats/xlsx.ts';

/** The interpreter for which Debian's packages are installed; another one may come first on the PATH. */
const PYTHON = '/usr/bin/python3';
const HERE = spawnSync(PYTHON, ['-c', 'import openpyxl'], { stdio: 'ignore' }).status === 0;
if (!HERE && process.env['CI'] === 'true') throw new Error('python3-openpyxl is missing; CI must have it');

const folder = mkdtempSync(join(tmpdir(), 'meterway-xlsx-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface SheetSeen {
  readonly name: string;
  readonly frozen: string;
  readonly filter: string;
  readonly rows: readonly { readonly value: unknown; readonly type: string; readonly format: string }[][];
}

describe.skipIf(!HERE)('with openpyxl', () => {
  it('a workbook is read with ids and formulas as texts, numbers exact, and the header frozen and filtered', async () => {
    const file = join(folder, 'book.xlsx');
    const columns = [
      { header: '表号', format: 'text', width: 22 },
      { header: 'import_kwh', format: 'kwh', width: 14 },
      { header: 'rate', format: 'percent', width: 9 },
      { header: '=1+1', format: 'integer', width: 9 },
    ] as const;
    const pages = [
      [['1234567890123456789', 1_234_567, 13.9, 3]],
      [
        ["=cmd|'/c calc'!A1", 1, 100, null],
        [' <王&小明>\u0007\t_x0041_ ', 999_999_999_999, 99.99, '+7'],
      ],
    ];
    const many = Array.from({ length: 3000 }, (_, i) => [`m${i}`]);
    const book = xlsx([
      { name: '示值', columns, pages },
      { name: 'm/n', columns: [{ header: 'x', format: 'text', width: 9 }], pages: [many] },
    ]);
    await pipeline(book, createWriteStream(file));
    const program = new URL('./xlsx-cells.py', import.meta.url).pathname;
    const output = execFileSync(PYTHON, [program, file], { encoding: 'utf8', maxBuffer: 1 << 26 });
    const [first, second] = JSON.parse(output) as SheetSeen[];
    expect([first?.name, first?.frozen, first?.filter]).toEqual(['示值', 'A2', 'A1:D4']);
    expect(first?.rows.map((row) => row.map(({ value }) => value))).toEqual([
      ['表号', 'import_kwh', 'rate', '=1+1'],
      ['1234567890123456789', 1234.567, 0.139, 3],
      ["=cmd|'/c calc'!A1", 0.001, 1, null],
      [' <王&小明>\u0007\t_x0041_ ', 999_999_999.999, 0.9999, '+7'],
    ]);
    expect(first?.rows[2]?.map(({ type }) => type)).toEqual(['s', 'n', 'n', 'n']);
    expect(first?.rows[1]?.map(({ format }) => format)).toEqual(['@', '0.000', '0.00%', '0']);
    expect([second?.name, second?.rows.length, second?.rows[3000]?.[0]?.value]).toEqual(['m n', 3001, 'm2999']);
  });
});
