import type { PlanLine } from '#contract/plan.ts';
import { isoLocal } from '#contract/zone.ts';
import { counted, hexText, table } from '#platform/cli/terminal.ts';
import { oneOf, UsageError } from '#platform/cli/usage.ts';
import { EXIT } from '#platform/lifecycle.ts';
import { ReadError } from '../lines/read-error.ts';
import type { Answer } from '../protocols/meter-reader.ts';
import type { Cli } from './context.ts';
import { failureText } from './hint.ts';
import {
  identifierOf,
  type RawAnswer,
  type RawValue,
  readIdentifier,
  readRegisters,
  registerBlock,
} from './raw-read.ts';
import { readerFor } from './readers.ts';
import { registerValues } from './register-values.ts';
import { type Target, type TargetOptions, targetOf } from './target.ts';
import { traceTo } from './trace.ts';
import { valueRows } from './values.ts';
import { type Wanted, wantedOf } from './wanted.ts';
import { openWire, type Wire } from './wire.ts';

const ORDERS = ['high-first', 'low-first'] as const;

export interface ReadOptions extends TargetOptions {
  readonly items?: string;
  readonly task?: string;
  readonly slot?: string;
  readonly di?: string;
  readonly register?: string;
  readonly fc?: string;
  readonly type?: string;
  readonly wordOrder?: string;
  readonly trace?: boolean;
  readonly json?: boolean;
}

type Outcome = { readonly answer: Answer; readonly wanted: Wanted } | { readonly raw: RawAnswer };

/** `meterway read`: one meter, once. Resolves with the exit code. */
export async function read(cli: Cli, options: ReadOptions): Promise<number> {
  const { clock, signal, terminal } = cli;
  checkCombination(options);
  const target = await targetOf(cli, options);
  const ask = askOf(cli, target, options);
  const { line } = target;
  const onTraffic = options.trace ? traceTo(terminal, target.zone) : undefined;
  const startedAt = clock.mono();
  let wire: Wire | null = null;
  try {
    wire = await openWire({ line, clock, signal, zone: target.zone, onTraffic });
    const outcome = await ask(wire);
    const ms = Math.round(clock.mono() - startedAt);
    if (options.json) terminal.out(jsonOf(target, outcome, options, ms));
    else tell(cli, target, outcome, options, ms, wire);
    return EXIT.ok;
  } catch (error) {
    // A stop closes the line under the read: that is told as a stop, not as a fault of the line.
    if (!(error instanceof ReadError) || signal.aborted) throw error;
    if (options.json) terminal.out(failureJson(target, error));
    else terminal.note(failureText(`${nameOf(target)} on ${whereOf(line)}`, error));
    return EXIT.failure;
  } finally {
    await wire?.close();
  }
}

function checkCombination({ di, register, items, task, type, fc, wordOrder }: ReadOptions): void {
  if (di !== undefined && register !== undefined) throw new UsageError('cannot use --di and --register at once');
  const isRaw = di !== undefined || register !== undefined;
  if (isRaw && (items ?? task) !== undefined) {
    throw new UsageError(`cannot use ${di === undefined ? '--register' : '--di'} together with --items or --task`);
  }
  if (register === undefined && (type ?? fc ?? wordOrder) !== undefined) {
    throw new UsageError('cannot use --fc, --type or --word-order without --register');
  }
  if (wordOrder !== undefined) oneOf('--word-order', wordOrder, ORDERS);
}

/** Everything that can be wrong with the options is found before the line is opened. */
function askOf(cli: Cli, target: Target, options: ReadOptions): (wire: Wire) => Promise<Outcome> {
  const { clock } = cli;
  const { di, register, fc } = options;
  const { line, meter, zone, profiles } = target;
  if (di !== undefined) identifierOf(target.protocol, di);
  if (di !== undefined) return async ({ exchanger }) => ({ raw: await readIdentifier(exchanger, target, di) });
  if (register !== undefined) {
    const block = registerBlock(target, register, fc);
    // A type that does not fit the block is told before anything is asked.
    registerValues(new Uint8Array(2 * block.quantity), options.type, options.wordOrder);
    return async ({ exchanger }) => ({ raw: await readRegisters(exchanger, clock, target.protocol, block) });
  }
  if (meter.model === '') throw new UsageError('cannot read a Modbus meter without --model or --register');
  const wanted = wantedOf(options, target, clock.now());
  return async ({ exchanger }) => {
    const reader = readerFor({ protocol: line.protocol, exchanger, clock, zone, profiles });
    return { answer: await reader.read(meter, wanted.task, wanted.slot ?? clock.now()), wanted };
  };
}

function nameOf({ meter }: Target): string {
  return meter.id === meter.address ? meter.id : `${meter.id} (address ${meter.address})`;
}

function whereOf({ id, link }: PlanLine): string {
  const place =
    'tcp' in link ? `${link.tcp.host}:${link.tcp.port}` : 'serial' in link ? link.serial.path : 'a terminal';
  return id === 'line' ? place : `line ${id}, ${place}`;
}

function tell(cli: Cli, target: Target, outcome: Outcome, options: ReadOptions, ms: number, wire: Wire): void {
  const { terminal } = cli;
  terminal.out(`${nameOf(target)} on ${wire.name}`);
  if ('answer' in outcome) tellAnswer(cli, target, outcome.answer, outcome.wanted);
  else tellRaw(cli, outcome.raw, options);
  const { requests, bytesOut, bytesIn } = wire.counters;
  terminal.note(`${ms} ms, ${counted(requests, 'request')}, ${bytesOut} bytes sent, ${bytesIn} received`);
}

function tellAnswer({ terminal }: Cli, { zone }: Target, answer: Answer, wanted: Wanted): void {
  const { task, slot } = wanted;
  if (task.id !== 'present') terminal.out(`task ${task.id}${slot === null ? '' : `, slot ${local(slot, zone)}`}`);
  if (answer.meterTime !== null) terminal.out(`time stamp of the meter: ${local(answer.meterTime, zone)}`);
  if (answer.values.size > 0) terminal.out(table(valueRows(answer.values, zone), [2]));
  for (const { kind, start, end } of answer.events) {
    terminal.out(`${kind}: ${local(start, zone)} to ${end === null ? 'now' : local(end, zone)}`);
  }
  if (answer.values.size === 0 && answer.events.length === 0) terminal.out('nothing recorded');
  for (const dropped of answer.dropped ?? []) terminal.note(`in doubt: ${dropped}`);
}

function local(at: number, zone: string): string {
  return isoLocal(zone, at).slice(0, 19).replace('T', ' ');
}

function tellRaw({ terminal }: Cli, raw: RawAnswer, options: ReadOptions): void {
  const { asked, bytes, values } = raw;
  terminal.out(bytes.length > 0 ? `${asked}: ${hexText(bytes)}` : asked);
  if (options.register !== undefined) {
    const rows = registerValues(bytes, options.type, options.wordOrder).map(({ type, order, values: numbers }) => [
      type,
      order,
      numbers.join(' '),
    ]);
    terminal.out(table(rows));
  } else if (values.length > 0) terminal.out(table(values.map(rawRow), [2]));
  else terminal.out(`most significant first: ${Buffer.from(bytes.toReversed()).toString('hex').toUpperCase()}`);
}

function rawRow({ zh, en, value, unit, quantity, fault }: RawValue): string[] {
  return [zh, en, `${value ?? 'no value'} ${value === null ? '' : unit}`.trimEnd(), fault ?? quantity ?? ''];
}

function jsonOf(target: Target, outcome: Outcome, options: ReadOptions, ms: number): string {
  const { meter, line } = target;
  const head = { ok: true, meter: meter.id, address: meter.address, line: whereOf(line), ms };
  if ('raw' in outcome) {
    const { asked, bytes, values } = outcome.raw;
    const registers =
      options.register === undefined ? undefined : registerValues(bytes, options.type, options.wordOrder);
    const named = values.length > 0 ? values : undefined;
    return JSON.stringify({ ...head, asked, bytes: Buffer.from(bytes).toString('hex'), registers, values: named });
  }
  const { answer, wanted } = outcome;
  return JSON.stringify({
    ...head,
    task: wanted.task.id,
    slot: wanted.slot,
    meterTime: answer.meterTime,
    readAt: answer.readAt,
    values: Object.fromEntries(answer.values),
    dropped: answer.dropped ?? [],
    events: answer.events,
  });
}

function failureJson({ meter, line }: Target, { reason, detail, lastBytes }: ReadError): string {
  const head = { ok: false, meter: meter.id, address: meter.address, line: whereOf(line) };
  return JSON.stringify({ ...head, reason, detail, lastBytes });
}
