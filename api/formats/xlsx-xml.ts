/** Null is an empty cell. A text stays a text whatever it looks like. */
export type XlsxCell = string | number | null;

/**
 * How numbers of a column are written: `integer` and `number` as they are; `kwh` takes integer Wh and shows kWh with
 * three decimals, exactly; `percent` takes per cent (13.9 → 13.90 %). A column of `text` holds texts only, ids above all.
 */
export type XlsxFormat = 'text' | 'integer' | 'number' | 'kwh' | 'percent';

export interface XlsxColumn {
  readonly header: string;
  readonly format: XlsxFormat;
  /** In characters. */
  readonly width: number;
}

export interface SheetPart {
  readonly name: string;
}

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const SHEET_TYPES = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/** Places in `cellXfs` of the styles below. */
const STYLES: Readonly<Record<XlsxFormat, number>> = { number: 0, text: 1, integer: 2, kwh: 3, percent: 4 };
const HEADER_STYLE = 5;

/** Characters that a cell may hold (Excel specifications and limits). */
const MOST_CHARACTERS = 32_767;

export function sheetHead(columns: readonly XlsxColumn[]): string {
  const widths = columns.map(({ width }, i) => `<col min="${i + 1}" max="${i + 1}" width="${width}" customWidth="1"/>`);
  const headers = columns.map(({ header }, i) => textCell(`${columnName(i)}1`, header, HEADER_STYLE));
  return (
    `${HEAD}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0">` +
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>' +
    `<cols>${widths.join('')}</cols><sheetData><row r="1">${headers.join('')}</row>`
  );
}

/** `rows` counts the header. */
export function sheetFoot(columns: readonly XlsxColumn[], rows: number): string {
  return `</sheetData><autoFilter ref="A1:${columnName(columns.length - 1)}${rows}"/></worksheet>`;
}

/** A row of cells; `number` is that of the row in the sheet, from 1. */
export function rowXml(columns: readonly XlsxColumn[], cells: readonly XlsxCell[], number: number): string {
  let xml = `<row r="${number}">`;
  for (let i = 0; i < columns.length; i++) {
    const cell = cells[i] ?? null;
    const column = columns[i];
    if (cell === null || column === undefined) continue;
    const at = columnName(i) + number;
    xml +=
      typeof cell === 'string' || column.format === 'text'
        ? textCell(at, String(cell), STYLES.text)
        : `<c r="${at}" s="${STYLES[column.format]}"><v>${numberText(cell, column.format)}</v></c>`;
  }
  return `${xml}</row>`;
}

function textCell(at: string, text: string, style: number): string {
  const escaped = escapeXml(text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text);
  const space = /^\s|\s$/.test(escaped) ? ' xml:space="preserve"' : '';
  return `<c r="${at}" s="${style}" t="inlineStr"><is><t${space}>${escaped}</t></is></c>`;
}

function numberText(value: number, format: XlsxFormat): string {
  if (!Number.isFinite(value)) throw new RangeError(`cannot write ${value} into a cell: it is no number`);
  if (format === 'kwh') return kwhText(value);
  // Per cent are kept as shares of one; six digits are four of a per cent.
  return String(format === 'percent' ? Number((value / 100).toFixed(6)) : value);
}

/** Integer Wh as kWh without rounding: −1234567 → −1234.567. */
function kwhText(wh: number): string {
  if (!Number.isSafeInteger(wh)) throw new RangeError(`cannot write ${wh} Wh into a cell: it is no whole number`);
  const size = Math.abs(wh);
  return `${wh < 0 ? '-' : ''}${Math.floor(size / 1000)}.${String(size % 1000).padStart(3, '0')}`;
}

const names: string[] = [];

/** A, B, … Z, AA, … of a column from 0. */
function columnName(i: number): string {
  let name = names[i];
  if (name === undefined) {
    name = (i >= 26 ? columnName(Math.floor(i / 26) - 1) : '') + String.fromCharCode(65 + (i % 26));
    names[i] = name;
  }
  return name;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** What has to be written otherwise in a text: most have nothing of it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 does not allow
const SPECIAL = /[&<>"\u0000-\u001F\uFFFE\uFFFF]|_(?=x[0-9A-Fa-f]{4}_)/g;

/**
 * Text of an element or attribute. Characters that XML does not allow are written as `_xHHHH_`, as ECMA-376 Part 1,
 * 22.9.2.19 (ST_Xstring) says, and so is an underscore that would be taken for the beginning of one. Halves of
 * surrogate pairs become U+FFFD.
 */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(SPECIAL, (found) => ENTITIES[found] ?? (found === '\t' || found === '\n' ? found : hexEscape(found)));
}

function hexEscape(character: string): string {
  return `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`;
}

export function stylesXml(): string {
  const formats = [0, 49, 1, 164, 10].map(
    (id) => `<xf numFmtId="${id}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>`,
  );
  return (
    `${HEAD}<styleSheet xmlns="${MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="0.000"/></numFmts>` +
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>' +
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>' +
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
    `<cellXfs count="6">${formats.join('')}` +
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>' +
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
  );
}

export function workbookXml(parts: readonly SheetPart[]): string {
  const sheets = parts.map(({ name }, i) => `<sheet name="${escapeXml(name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`);
  return `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${sheets.join('')}</sheets></workbook>`;
}

export function workbookRelationshipsXml(parts: readonly SheetPart[]): string {
  const sheets = parts.map((_part, i) => relationship(i + 1, 'worksheet', `worksheets/sheet${i + 1}.xml`));
  return relationships([...sheets, relationship(parts.length + 1, 'styles', 'styles.xml')]);
}

export function relationshipsXml(): string {
  return relationships([relationship(1, 'officeDocument', 'xl/workbook.xml')]);
}

function relationships(entries: readonly string[]): string {
  return `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${entries.join('')}</Relationships>`;
}

function relationship(id: number, kind: string, target: string): string {
  return `<Relationship Id="rId${id}" Type="${OFFICE}/${kind}" Target="${target}"/>`;
}

export function contentTypesXml(parts: readonly SheetPart[]): string {
  const override = (path: string, type: string): string =>
    `<Override PartName="${path}" ContentType="${SHEET_TYPES}.${type}+xml"/>`;
  return (
    `${HEAD}<Types xmlns="${PACKAGE}/content-types">` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    '<Default Extension="xml" ContentType="application/xml"/>' +
    override('/xl/workbook.xml', 'sheet.main') +
    override('/xl/styles.xml', 'styles') +
    parts.map((_part, i) => override(`/xl/worksheets/sheet${i + 1}.xml`, 'worksheet')).join('') +
    '</Types>'
  );
}
