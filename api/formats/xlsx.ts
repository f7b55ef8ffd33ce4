import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import {
  contentTypesXml,
  relationshipsXml,
  rowXml,
  type SheetPart,
  sheetFoot,
  sheetHead,
  stylesXml,
  workbookRelationshipsXml,
  workbookXml,
  type XlsxCell,
  type XlsxColumn,
} from './xlsx-xml.ts';

/** Rows come by pages, in the order of the columns. */
export interface XlsxSheet {
  readonly name: string;
  readonly columns: readonly XlsxColumn[];
  readonly pages: AsyncIterable<readonly (readonly XlsxCell[])[]> | Iterable<readonly (readonly XlsxCell[])[]>;
}

/** Rows that a sheet may have, its header included (Excel specifications and limits). */
const MOST_ROWS = 1_048_576;

/** Written into the file, so that the same rows make the same file. 1980 is the first year that ZIP knows. */
const FILE_TIME = new Date(Date.UTC(2000, 0, 1));

export const XLSX_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/**
 * A workbook (ECMA-376, transitional) as a stream of bytes: each sheet with a frozen header row and a filter. Only one
 * page of rows is in memory at a time. Rows beyond what a sheet can hold go on in a further one. Fails where a source
 * of rows fails, so that the file is visibly cut.
 */
export function xlsx(sheets: readonly XlsxSheet[], rowsPerSheet = MOST_ROWS): Readable {
  const zip = new ZipFile();
  const out = zip.outputStream as Readable;
  // The stream cannot say anything else once it has failed; whoever reads it sees why.
  zip.on('error', (error) => out.destroy(error instanceof Error ? error : new Error(String(error))));
  void writeParts(zip, out, sheets, rowsPerSheet).catch((error: Error) => out.destroy(error));
  return out;
}

async function writeParts(
  zip: ZipFile,
  out: Readable,
  sheets: readonly XlsxSheet[],
  rowsPerSheet: number,
): Promise<void> {
  const parts: SheetPart[] = [];
  for (const sheet of sheets) {
    const rows = new RowSource(sheet);
    let more = true;
    for (let n = 1; more; n++) {
      parts.push({ name: sheetName(sheet.name, n) });
      more = await writeSheet(zip, out, parts.length, sheet, rows, rowsPerSheet);
    }
  }
  const add = (path: string, xml: string): void => zip.addBuffer(Buffer.from(xml), path, { mtime: FILE_TIME });
  add('xl/styles.xml', stylesXml());
  add('xl/workbook.xml', workbookXml(parts));
  add('xl/_rels/workbook.xml.rels', workbookRelationshipsXml(parts));
  add('_rels/.rels', relationshipsXml());
  add('[Content_Types].xml', contentTypesXml(parts));
  zip.end();
}

/** Adds a sheet and waits until it is in the file; resolves with true when there are rows left. */
function writeSheet(
  zip: ZipFile,
  out: Readable,
  number: number,
  sheet: XlsxSheet,
  rows: RowSource,
  rowsPerSheet: number,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const source = Readable.from(sheetXml(sheet, rows, rowsPerSheet), { objectMode: false, highWaterMark: 65_536 });
    const stop = (): void => void source.destroy();
    out.once('close', stop);
    source.once('error', reject);
    source.once('close', () => {
      out.off('close', stop);
      if (out.destroyed) rows.end().then(() => reject(new Error('nobody reads the file any more')), reject);
      else rows.left().then(resolve, reject);
    });
    zip.addReadStream(source, `xl/worksheets/sheet${number}.xml`, { mtime: FILE_TIME, compressionLevel: 1 });
  });
}

async function* sheetXml(sheet: XlsxSheet, rows: RowSource, rowsPerSheet: number): AsyncGenerator<Buffer> {
  yield Buffer.from(sheetHead(sheet.columns));
  let number = 1;
  while (number < rowsPerSheet) {
    const page = await rows.next(rowsPerSheet - number);
    if (page.length === 0) break;
    let xml = '';
    for (const row of page) xml += rowXml(sheet.columns, row, ++number);
    yield Buffer.from(xml);
  }
  yield Buffer.from(sheetFoot(sheet.columns, number));
}

/** The rows of a sheet, handed out by pieces that fit. */
class RowSource {
  readonly #pages: AsyncGenerator<readonly (readonly XlsxCell[])[]>;
  #page: readonly (readonly XlsxCell[])[] = [];

  constructor(sheet: XlsxSheet) {
    this.#pages = pagesOf(sheet);
  }

  /** At most so many rows; none when there are no more. */
  async next(most: number): Promise<readonly (readonly XlsxCell[])[]> {
    if (!(await this.left())) return [];
    const piece = this.#page.slice(0, most);
    this.#page = this.#page.slice(most);
    return piece;
  }

  async left(): Promise<boolean> {
    while (this.#page.length === 0) {
      const { done, value } = await this.#pages.next();
      if (done) return false;
      this.#page = value;
    }
    return true;
  }

  /** Lets the source of the pages close what it has open. */
  async end(): Promise<void> {
    await this.#pages.return(undefined);
  }
}

async function* pagesOf(sheet: XlsxSheet): AsyncGenerator<readonly (readonly XlsxCell[])[]> {
  yield* sheet.pages;
}

/** Excel takes 31 characters and none of these; a sheet that goes on has its number behind its name. */
function sheetName(name: string, part: number): string {
  const allowed = name.replaceAll(/[[\]:*?/\\']/g, ' ');
  return part === 1 ? allowed.slice(0, 31) : `${allowed.slice(0, 26)} (${part})`;
}
