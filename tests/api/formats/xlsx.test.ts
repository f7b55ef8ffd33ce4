import { describe, expect, it, test } from 'vitest';
import { type XlsxSheet, xlsx } from '../../../api/formats/xlsx.ts';
import { unzip } from '../../support/unzip.ts';

async function made(sheets: readonly XlsxSheet[], rowsPerSheet?: number): Promise<Map<string, string>> {
  const parts: Buffer[] = [];
  for await (const part of xlsx(sheets, rowsPerSheet)) parts.push(part as Buffer);
  return unzip(Buffer.concat(parts));
}

const column = (header: string, format: XlsxSheet['columns'][number]['format'] = 'text') => ({
  header,
  format,
  width: 12,
});

async function cellsOf(sheet: XlsxSheet): Promise<string> {
  const xml = (await made([sheet])).get('xl/worksheets/sheet1.xml') ?? '';
  return xml.slice(xml.indexOf('<row r="2">'), xml.indexOf('</sheetData>'));
}

describe('a workbook', () => {
  test('has its sheets in order, the header of each frozen and its rows filtered', async () => {
    const files = await made([
      { name: '示值', columns: [column('表号'), column('kWh', 'kwh')], pages: [[['1', 1]], [], [['2', 2]]] },
      { name: 'a[b]/c', columns: [column('x')], pages: [] },
    ]);
    const first = files.get('xl/worksheets/sheet1.xml') ?? '';
    expect(first).toContain('<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>');
    expect(first).toContain('<autoFilter ref="A1:B3"/>');
    expect(first).toContain('<col min="2" max="2" width="12" customWidth="1"/>');
    expect(files.get('xl/worksheets/sheet2.xml')).toContain('<autoFilter ref="A1:A1"/>');
    expect(files.get('xl/workbook.xml')).toContain('name="示值" sheetId="1" r:id="rId1"/><sheet name="a b  c"');
    expect([...files.keys()].toSorted()).toEqual([
      '[Content_Types].xml',
      '_rels/.rels',
      'xl/_rels/workbook.xml.rels',
      'xl/styles.xml',
      'xl/workbook.xml',
      'xl/worksheets/sheet1.xml',
      'xl/worksheets/sheet2.xml',
    ]);
  });

  it('writes numbers exactly, in the unit of their column', async () => {
    const columns = [column('n', 'integer'), column('e', 'kwh'), column('r', 'percent'), column('v', 'number')];
    const rows = [
      [5, 1_234_567, 13.9, 0.25],
      [-5, -1_234_567, 99.99, 1e21],
      [null, 5, 100, null],
      [0, 999_999_999_999_999, -0.01, 0],
    ];
    const xml = await cellsOf({ name: 's', columns, pages: [rows] });
    const values = [...xml.matchAll(/<c r="([A-D]\d)" s="(\d)"><v>([^<]*)<\/v>/g)].map(([, ...cell]) => cell.join(' '));
    expect(values).toEqual([
      ...['A2 2 5', 'B2 3 1234.567', 'C2 4 0.139', 'D2 0 0.25'],
      ...['A3 2 -5', 'B3 3 -1234.567', 'C3 4 0.9999', 'D3 0 1e+21'],
      ...['B4 3 0.005', 'C4 4 1'],
      ...['A5 2 0', 'B5 3 999999999999.999', 'C5 4 -0.0001', 'D5 0 0'],
    ]);
  });

  it.each([
    ['an id of 19 digits', '1234567890123456789', '1234567890123456789'],
    ['a formula', "=cmd|'/c calc'!A1", "=cmd|'/c calc'!A1"],
    ['markup', '<b a="1">&</b>', '&lt;b a=&quot;1&quot;&gt;&amp;&lt;/b&gt;'],
    ['control characters', '\u0000\u0007\r\uFFFF', '_x0000__x0007__x000D__xFFFF_'],
    ['what looks like an escaped one', '_x0041_ _x41_', '_x005F_x0041_ _x41_'],
    ['half a character', 'a\uD83D', 'a\uFFFD'],
  ])('keeps %s as a text', async (_what, text, written) => {
    const xml = await cellsOf({ name: 's', columns: [column('x', 'integer')], pages: [[[text]]] });
    expect(xml).toBe(`<row r="2"><c r="A2" s="1" t="inlineStr"><is><t>${written}</t></is></c></row>`);
  });

  it('keeps spaces at the ends, and texts no longer than a cell can be', async () => {
    const columns = [column('x'), column('y')];
    const xml = await cellsOf({ name: 's', columns, pages: [[[' a\n', 'x'.repeat(40_000)]]] });
    expect(xml).toContain('<t xml:space="preserve"> a\n</t>');
    expect(xml).toContain(`<t>${'x'.repeat(32_766)}…</t>`);
  });

  it('names columns beyond Z', async () => {
    const columns = Array.from({ length: 703 }, (_, i) => column(`c${i}`));
    const xml = await cellsOf({ name: 's', columns, pages: [[columns.map(() => 'v')]] });
    for (const name of ['Z2', 'AA2', 'AZ2', 'BA2', 'ZZ2', 'AAA2']) expect(xml).toContain(`<c r="${name}"`);
  });

  it('goes on in a further sheet when one is full', async () => {
    const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => [`m${from + i}`]);
    const sheet = { name: '示值', columns: [column('x')], pages: [rows(0, 4), rows(4, 9)] };
    const files = await made([sheet, { name: 'last', columns: [column('y')], pages: [] }], 4);
    const texts = (n: number) =>
      [...(files.get(`xl/worksheets/sheet${n}.xml`) ?? '').matchAll(/<t>(.*?)<\/t>/g)].map(([, text]) => text);
    expect([texts(1), texts(2), texts(3), texts(4)]).toEqual([
      ['x', 'm0', 'm1', 'm2'],
      ['x', 'm3', 'm4', 'm5'],
      ['x', 'm6', 'm7', 'm8'],
      ['y'],
    ]);
    expect(files.get('xl/workbook.xml')).toContain('name="示值 (2)"');
  });

  it.each([
    ['a number that is none', [[[Number.NaN]]]],
    ['energy that is not whole', [[[1.5]]]],
  ])('is cut off with an error at %s', async (_what, pages) => {
    await expect(made([{ name: 's', columns: [column('x', 'kwh')], pages }])).rejects.toThrow(/cannot write/);
  });

  it('is cut off with the error of its source, and lets go of the source when nobody reads on', async () => {
    const columns = [column('x')];
    async function* broken() {
      yield [['1']];
      throw new Error('disk gone');
    }
    await expect(made([{ name: 's', columns, pages: broken() }])).rejects.toThrow('disk gone');
    const closed = Promise.withResolvers<void>();
    async function* endless() {
      try {
        for (;;) yield [[Math.random().toString()]];
      } finally {
        closed.resolve();
      }
    }
    const stream = xlsx([{ name: 's', columns, pages: endless() }]);
    for await (const part of stream) if ((part as Buffer).length > 1000) break;
    await closed.promise;
  });

  it('is the same file for the same rows', async () => {
    const sheet = () => ({ name: 's', columns: [column('x')], pages: [[['1']]] });
    const bytes = async () => Buffer.concat((await xlsx([sheet()]).toArray()) as Buffer[]);
    expect(await bytes()).toEqual(await bytes());
  });
});
