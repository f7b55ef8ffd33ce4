import { hexText, table } from '#platform/cli/terminal.ts';
import { oneOf, UsageError } from '#platform/cli/usage.ts';
import { EXIT } from '#platform/lifecycle.ts';
import type { Explanation } from '../protocols/explanation.ts';
import type { Cli } from './context.ts';
import { DECODER_IDS, explainBytes } from './decoders.ts';

export interface DecodeOptions {
  readonly protocol?: string;
  readonly json?: boolean;
}

/** `meterway decode`: what frames mean. One frame on the command line, or one on each line of standard input. */
export async function decode(cli: Cli, args: readonly string[], options: DecodeOptions): Promise<number> {
  if (options.protocol !== undefined) oneOf('--protocol', options.protocol, DECODER_IDS);
  const texts = args.length > 0 ? [args.join(' ')] : await framesFromStdin(cli);
  let code: number = EXIT.ok;
  for (const text of texts) {
    const bytes = parseHex(text);
    const explanation = explainBytes(bytes, options.protocol);
    if (!explanation?.sound) code = EXIT.failure;
    if (options.json) cli.terminal.out(JSON.stringify(explanation ?? { protocol: null, bytes: hexText(bytes) }));
    else if (explanation) cli.terminal.out(explanationText(explanation, bytes));
    else cli.terminal.out(unknownText(bytes, options.protocol));
  }
  return code;
}

async function framesFromStdin(cli: Cli): Promise<string[]> {
  const text = await cli.stdin();
  const lines = (text ?? '').split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) {
    throw new UsageError('cannot decode: no frame was given; meterway decode 68 11 … 16, or one frame a line on stdin');
  }
  return lines;
}

/**
 * Bytes of a text in hexadecimal. Spaces, commas, colons, dashes and 0x may stand between them. Throws UsageError that
 * points at the place that cannot be read.
 */
export function parseHex(text: string): Uint8Array {
  const digits: { digit: string; at: number }[] = [];
  for (const { 0: token, index } of text.matchAll(/0[xX]|[^\s,:;_-]/g)) {
    if (/^0x$/i.test(token)) continue;
    if (!/^[0-9a-fA-F]$/.test(token)) throw badHex(text, index, `"${token}" is no hexadecimal digit`);
    digits.push({ digit: token, at: index });
  }
  if (digits.length === 0) throw new UsageError('cannot decode: there are no bytes');
  if (digits.length % 2 !== 0) {
    const place = lonely(text) ?? digits.at(-1)?.at ?? 0;
    throw badHex(text, place, `${digits.length} digits are half a byte too many or too few`);
  }
  return Uint8Array.from(Buffer.from(digits.map(({ digit }) => digit).join(''), 'hex'));
}

/** Place of the first group with an odd number of digits, which is where one is likely missing. */
function lonely(text: string): number | null {
  for (const { 0: group, index } of text.matchAll(/[0-9a-fA-FxX]+/g)) {
    if (group.replace(/0x/gi, '').length % 2 !== 0) return index;
  }
  return null;
}

const AROUND = 24;

function badHex(text: string, at: number, what: string): UsageError {
  const from = Math.max(0, at - AROUND);
  const excerpt = text.slice(from, at + AROUND).replaceAll(/\s/g, ' ');
  return new UsageError(`cannot decode: ${what}, at character ${at + 1}\n  ${excerpt}\n  ${' '.repeat(at - from)}^`);
}

function unknownText(bytes: Uint8Array, protocol: string | undefined): string {
  const tried = protocol ?? DECODER_IDS.join(', ');
  return `${hexText(bytes)}\nno frame of ${tried}: is the beginning missing, or is it of another protocol?`;
}

/** An explanation as text: its summary, then one row for each field; a frame inside is set in. */
export function explanationText(explanation: Explanation, bytes: Uint8Array | null): string {
  const { protocol, summary, fields, sound, inner } = explanation;
  const rows = fields.map(({ at, length, name, value, fault }) => [
    String(at),
    bytes ? shortHex(bytes.subarray(at, at + length)) : `${length} bytes`,
    name,
    fault === undefined ? value : `${value} !! ${fault}`.trimStart(),
  ]);
  const text = [`${protocol}: ${summary}${sound ? '' : ' (not sound)'}`, table(rows, [0])].join('\n');
  if (!inner) return text;
  // Places inside count from the beginning of the inner frame, which is a field of its own.
  const frame = fields.find(({ name }) => name === 'data.frame');
  const inside = frame && bytes ? bytes.subarray(frame.at, frame.at + frame.length) : null;
  return `${text}\n${explanationText(inner, inside).replaceAll(/^/gm, '    ')}`;
}

const MOST_SHOWN = 12;

function shortHex(bytes: Uint8Array): string {
  if (bytes.length <= MOST_SHOWN) return hexText(bytes);
  return `${hexText(bytes.subarray(0, MOST_SHOWN - 2))} … ${hexText(bytes.subarray(-1))}`;
}
