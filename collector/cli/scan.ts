import { counted, Progress, table } from '#platform/cli/terminal.ts';
import { messageOf } from '#platform/errors.ts';
import { EXIT } from '#platform/lifecycle.ts';
import { ReadError } from '../lines/read-error.ts';
import type { Cli } from './context.ts';
import { searchAddresses } from './scan-addresses.ts';
import { asking } from './scan-ask.ts';
import { unitProbe } from './scan-modbus.ts';
import { type Attempt, attemptsOf, isDlt, type ScanOptions } from './scan-plan.ts';
import { openWire, type Wire } from './wire.ts';

interface Found {
  readonly protocol: string;
  readonly address: string;
  /** Settings of the line at which it answered. */
  readonly at: string;
}

/** `meterway scan`: who answers on a line. Only reads are sent. Exit code 1 when nobody was found, or it was stopped. */
export async function scan(cli: Cli, options: ScanOptions): Promise<number> {
  const { terminal, signal } = cli;
  const attempts = await attemptsOf(cli, options);
  const search = new LineSearch(cli, options);
  for (const attempt of attempts) {
    if (signal.aborted || (search.found.length > 0 && !options.all)) break;
    await search.run(attempt);
  }
  search.end();
  const { found, clashes } = search;
  if (options.json) terminal.out(JSON.stringify({ found, clashes, complete: !signal.aborted }));
  else if (found.length > 0) {
    const rows = found.map(({ protocol, address, at }) => [address, protocol, at]);
    terminal.out(`\n${table([['address', 'protocol', 'answers at'], ...rows])}`);
  }
  terminal.note(ending(cli, search, options));
  return found.length > 0 && !signal.aborted ? EXIT.ok : EXIT.failure;
}

function ending({ signal }: Cli, { found, clashes, silentDlt }: LineSearch, options: ScanOptions): string {
  const meters = `${counted(found.length, 'meter')} found`;
  const stopped = signal.aborted ? ', stopped before the end' : '';
  const damaged =
    clashes.length > 0 ? `; damaged replies at ${clashes.slice(0, 5).join(', ')}: two meters or noise` : '';
  const isNarrow = options.deep || options.from !== undefined;
  const hint =
    found.length === 0 && silentDlt && !isNarrow
      ? '\nNobody answered the open address. Concentrators swallow replies that collide: --deep tries all endings, --from and --to a range of addresses.'
      : '';
  return `${meters}${stopped}${damaged}${hint}`;
}

/** What has been found so far on one line, over all attempts. */
class LineSearch {
  readonly found: Found[] = [];
  readonly clashes: string[] = [];
  /** DL/T 645 was tried, and nothing at all was heard. */
  silentDlt = false;
  readonly #cli: Cli;
  readonly #options: ScanOptions;
  readonly #progress: Progress;
  #wasOpen = false;

  constructor(cli: Cli, options: ScanOptions) {
    this.#cli = cli;
    this.#options = options;
    this.#progress = new Progress(cli.terminal, cli.clock);
  }

  end(): void {
    this.#progress.clear();
  }

  /** Rejects with MeterwayError when the line cannot even be opened the first time. */
  async run(attempt: Attempt): Promise<void> {
    this.#note(`${labelOf(attempt)}: searching`);
    try {
      if (isDlt(attempt.protocol)) await this.#dlt645(attempt);
      else await this.#modbus(attempt);
    } catch (error) {
      if (this.#cli.signal.aborted) return;
      if (!(error instanceof ReadError)) throw error;
      this.#note(`${labelOf(attempt)}: given up, ${error.detail}`);
    }
  }

  async #dlt645(attempt: Attempt): Promise<void> {
    const wire = await this.#open(attempt);
    const before = this.found.length + this.clashes.length;
    try {
      await searchAddresses({
        ask: asking(attempt.protocol, wire.exchanger),
        range: attempt.range,
        isDeep: this.#options.deep === true,
        onFound: (address) => this.#add(attempt, address),
        onClash: (address) => this.#clash(attempt, address),
        onStep: (done, total, address) => this.#progress.step(done, total, `${labelOf(attempt)}: ${address}`),
        isStopped: () => this.#cli.signal.aborted,
      });
    } finally {
      await wire.close();
    }
    this.silentDlt ||= this.found.length + this.clashes.length === before;
  }

  /** A device that closes the connection over a unit it does not have is asked for the next one over a new one. */
  async #modbus(attempt: Attempt): Promise<void> {
    const { range, protocol } = attempt;
    let unit = range.from;
    while (unit <= range.to) {
      const wire = await this.#open(attempt);
      const heard = this.found.length;
      try {
        unit = await this.#units(attempt, wire, unit);
      } catch (error) {
        const isLost = error instanceof ReadError && this.found.length > heard && !this.#cli.signal.aborted;
        if (!isLost) throw error;
        unit = Number(this.found.at(-1)?.address ?? range.to) + 1;
        this.#note(`${protocol}: the connection was lost after unit ${unit - 1} and is opened anew`);
      } finally {
        await wire.close();
      }
    }
  }

  async #units(attempt: Attempt, { exchanger }: Wire, from: number): Promise<number> {
    const { range, protocol } = attempt;
    const probe = unitProbe({
      exchanger,
      clock: this.#cli.clock,
      isTcp: protocol === 'modbus-tcp',
      onFound: (unit) => this.#add(attempt, String(unit)),
      onClash: (unit) => this.#clash(attempt, String(unit)),
    });
    let unit = from;
    for (; unit <= range.to && !this.#cli.signal.aborted; unit++) {
      this.#progress.step(unit - range.from, range.to - range.from + 1, `${labelOf(attempt)}: unit ${unit}`);
      await probe(unit);
    }
    return this.#cli.signal.aborted ? range.to + 1 : unit;
  }

  async #open({ line, zone }: Attempt): Promise<Wire> {
    const { clock, signal } = this.#cli;
    const wire = await openWire({ line, clock, signal, zone }).catch((cause: unknown) => {
      // A line that could be opened before: what is wrong is this setting.
      throw this.#wasOpen ? new ReadError('line_down', messageOf(cause), { cause }) : cause;
    });
    this.#wasOpen = true;
    return wire;
  }

  #add({ protocol, settings }: Attempt, address: string): void {
    this.found.push({ protocol, address, at: settings });
    this.#progress.clear();
    if (!this.#options.json) this.#cli.terminal.out(`found ${address} (${protocol}, ${settings})`);
  }

  #clash(attempt: Attempt, address: string): void {
    this.clashes.push(address);
    this.#note(`${labelOf(attempt)}: damaged reply from ${address}`);
  }

  #note(text: string): void {
    this.#progress.clear();
    this.#cli.terminal.note(text);
  }
}

function labelOf({ protocol, settings }: Attempt): string {
  return `${protocol}, ${settings}`;
}
