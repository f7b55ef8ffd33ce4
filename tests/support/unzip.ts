import { inflateRawSync } from 'node:zlib';

/** Files of a ZIP by their central directory, unpacked. */
export function unzip(file: Buffer): Map<string, string> {
  const files = new Map<string, string>();
  const end = file.lastIndexOf('PK\u0005\u0006', undefined, 'latin1');
  let at = file.readUInt32LE(end + 16);
  for (let left = file.readUInt16LE(end + 10); left > 0; left--) {
    const [packed, nameLength] = [file.readUInt32LE(at + 20), file.readUInt16LE(at + 28)];
    const local = file.readUInt32LE(at + 42);
    const name = file.toString('utf8', at + 46, at + 46 + nameLength);
    const begin = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
    files.set(name, inflateRawSync(file.subarray(begin, begin + packed)).toString('utf8'));
    at += 46 + nameLength + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32);
  }
  return files;
}

/** Cells of a sheet of a workbook by row and by the text of the header above; rows are counted from 0. */
export function sheetRows(files: ReadonlyMap<string, string>, number: number): Map<string, string>[] {
  const xml = files.get(`xl/worksheets/sheet${number}.xml`) ?? '';
  const rows = [...xml.matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map(([, row = '']) => cellsOf(row));
  const [headers = new Map<string, string>(), ...rest] = rows;
  return rest.map((row) => new Map([...headers].map(([column, header]) => [header, row.get(column) ?? ''])));
}

function cellsOf(row: string): Map<string, string> {
  const cells = row.matchAll(/<c r="([A-Z]+)\d+"[^>]*>(?:<v>(.*?)<\/v>|<is><t[^>]*>(.*?)<\/t><\/is>)<\/c>/gs);
  return new Map([...cells].map(([, column = '', value, text]) => [column, value ?? text ?? '']));
}
