import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Registry } from '#contract/registry.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { World } from '../../simulators/world/world.ts';
import { type Audit, audit } from './audit.ts';
import { type Arrangement, atOtherPorts, type Ground, groundOf } from './chain-arrangement.ts';
import { type Books, booksOf, countOf, marksOf, openSlots } from './chain-books.ts';
import { ChainProcess, withDeadline } from './chain-process.ts';
import { ChainSettings } from './chain-settings.ts';
import { CHAIN_START, chainSite, chainTasks, fastDistrict, type Load, pastPowerDowns } from './chain-site.ts';
import { sizesOf } from './chain-sizes.ts';
import { Mosquitto } from './mosquitto.ts';
import { type SimLines, startSimLines } from './sim-lines.ts';
import { readSpool } from './spool-book.ts';
import { type Ended, eventually, freePort } from './standalone.ts';

export interface ChainOptions {
  readonly load?: Partial<Load>;
  /** The gateway's own broker, or Mosquitto without TLS. */
  readonly broker?: 'embedded' | 'mosquitto';
  /** Settings of Mosquitto that are to be others. */
  readonly mosquitto?: Readonly<Record<string, string | number>>;
  readonly collectors?: readonly string[];
  /**
   * Days for which the collectors keep what is committed. None unless told: a collector that still has everything
   * could heal an ack that was given too early, and nobody would see it.
   */
  readonly keepDays?: number;
  /** Called before any program is started: the place to put disks, proxies and other servers into the chain. */
  readonly arrange?: (ground: Ground) => Arrangement | Promise<Arrangement>;
}

const USUAL: Load = { lines: 8, metersPerLine: 5, days: 10, instantS: 10, replyMs: 1 };
const READY_MS = 60_000;

/**
 * The chain from the meters to the stores: simulated lines in this process, gateway and collectors (and the broker, if
 * it is not the gateway's own) as children of the test, which ends and starts them as it likes. Names: `gateway`,
 * `broker`, and the ids of the collectors.
 */
export class Chain {
  readonly dataDir: string;
  readonly collectors: readonly string[];
  readonly load: Load;
  readonly #field: SimLines;
  readonly #offsetMs: number;
  readonly #settings: ChainSettings;
  readonly mosquitto: Mosquitto | null;
  readonly #processes = new Map<string, ChainProcess>();
  #registry: Registry | null = null;
  #arrangement: Arrangement = {};

  private constructor(
    dataDir: string,
    { load, collectors }: { load: Load; collectors: readonly string[] },
    parts: { field: SimLines; offsetMs: number; brokerPort: number; mosquitto: Mosquitto | null; keepDays: number },
  ) {
    this.dataDir = dataDir;
    this.load = load;
    this.collectors = collectors;
    this.#field = parts.field;
    this.#offsetMs = parts.offsetMs;
    this.mosquitto = parts.mosquitto;
    this.#settings = new ChainSettings({ ...parts, dataDir });
    mkdirSync(join(dataDir, 'logs'));
    for (const name of ['gateway', ...collectors]) {
      this.#processes.set(name, new ChainProcess(name, entryOf(name), this.#logPath(name)));
    }
  }

  /** Everything runs and the first records are committed. */
  static async start(options: ChainOptions = {}): Promise<Chain> {
    const load = { ...USUAL, ...options.load };
    const { collectors = ['c1'], broker = 'embedded', mosquitto: change = {} } = options;
    const dataDir = mkdtempSync(join(tmpdir(), 'meterway-chain-'));
    const field = await startSimLines(fastDistrict(load), { now: CHAIN_START, prepare: pastPowerDowns });
    const offsetMs = CHAIN_START - Date.now();
    const brokerPort = await freePort();
    const mosquitto =
      broker === 'mosquitto'
        ? await Mosquitto.start({
            folder: join(dataDir, 'mosquitto'),
            tls: false,
            users: ['gateway', ...collectors],
            change,
          })
        : null;
    const chain = new Chain(
      dataDir,
      { load, collectors },
      { field, offsetMs, brokerPort, mosquitto, keepDays: options.keepDays ?? 0 },
    );
    try {
      const ground = groundOf(dataDir, mosquitto?.port ?? brokerPort, field.endpoints);
      chain.#arrangement = (await options.arrange?.(ground)) ?? {};
      const site = atOtherPorts(chainSite(field.siteText, chainTasks(load), collectors), chain.#arrangement);
      writeFileSync(join(dataDir, 'site.yaml'), site);
      await chain.start('gateway');
      await chain.ready('gateway');
      chain.#registry = await chain.#loadRegistry();
      for (const name of collectors) await chain.start(name);
      await chain.progress(READY_MS);
      return chain;
    } catch (error) {
      await chain.clean();
      throw error;
    }
  }

  get world(): World {
    return this.#field.world;
  }

  /** Time in the field, UTC ms. */
  get now(): number {
    return Date.now() + this.#offsetMs;
  }

  get registry(): Registry {
    if (!this.#registry) throw new Error('the chain has not been started');
    return this.#registry;
  }

  /** What can be killed. */
  get names(): string[] {
    return [...this.#processes.keys(), ...(this.mosquitto ? ['broker'] : [])];
  }

  /** Starts what has ended. `extra` are further settings of this one start. */
  async start(name: string, extra: Readonly<Record<string, string>> = {}): Promise<void> {
    if (name === 'broker') await this.mosquitto?.run();
    else this.process(name).start({ ...this.#settings.of(name), ...this.#arrangement.settingsOf?.(name), ...extra });
  }

  /** Rejects when the process ends before it is at work. */
  async ready(name: string): Promise<void> {
    const isReady = await withDeadline(`${name} is at work`, READY_MS, this.process(name).ready);
    if (!isReady) throw new Error(`${name} ended before it was at work:\n${this.process(name).log.slice(-3000)}`);
  }

  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<Ended | null> {
    if (name === 'broker') await this.mosquitto?.stop(signal);
    return name === 'broker' ? null : this.process(name).kill(signal);
  }

  /** How a process ends that does so by itself. */
  ended(name: string, deadlineMs: number): Promise<Ended> {
    return withDeadline(`${name} ends`, deadlineMs, this.process(name).ended);
  }

  process(name: string): ChainProcess {
    const found = this.#processes.get(name);
    if (!found) throw new Error(`the chain has no ${name}`);
    return found;
  }

  /** Adds a second process of one that there is, on a data folder of its own or on the same one. */
  twin(name: string, original: string, dataDir: string, extra: Readonly<Record<string, string>> = {}): ChainProcess {
    const twin = new ChainProcess(name, entryOf(original), this.#logPath(name));
    this.#processes.set(name, twin);
    twin.start({ ...this.#settings.of(original), METERWAY_DATA_DIR: dataDir, ...extra });
    return twin;
  }

  /** Records that the centre says it has. */
  async committed(): Promise<number> {
    return countOf(await marksOf(this.dataDir));
  }

  /** Waits until the centre has committed more than it has now; resolves with the time that took, ms. */
  async progress(deadlineMs: number): Promise<number> {
    const before = await this.committed();
    const begun = Date.now();
    await this.#wait('more is committed', deadlineMs, async () => (await this.committed()) > before);
    return Date.now() - begun;
  }

  /** Waits until all that is due by now is settled and committed; resolves with the time that took, ms. */
  async quiet(deadlineMs: number): Promise<number> {
    const begun = Date.now();
    const until = this.now;
    const left = (): number => deadlineMs - (Date.now() - begun);
    const { days } = this.load;
    let open: string[] = [];
    const isSettled = async (): Promise<boolean> => {
      open = await openSlots(this.dataDir, this.registry, days, until);
      return open.length === 0;
    };
    await this.#wait('all that is due is settled', left(), isSettled).catch((error: unknown) => {
      throw new Error(`${open.length} slots are open, such as ${open.slice(0, 5).join(', ')}`, { cause: error });
    });
    const spools = this.collectors.map((id) => readSpool(this.dataDir, id, this.registry.timeZone));
    await this.#wait('all that is settled is committed', left(), async () => {
      const marks = await marksOf(this.dataDir);
      return spools.every(({ collector, epoch, lastSeq }) =>
        marks.some((mark) => mark.collector === collector && mark.epoch === epoch && mark.upTo >= lastSeq),
      );
    });
    return Date.now() - begun;
  }

  /** What is in quarantine, as `kind: why` and what came. */
  async quarantine(): Promise<string[]> {
    const state = await openSqliteStateStore(join(this.dataDir, 'centre', 'state.sqlite'), { readOnly: true });
    try {
      return (await state.ledger.quarantine(1000)).map(({ kind, why, content }) => `${kind}: ${why}\n${content}`);
    } finally {
      await state.close();
    }
  }

  books(): Promise<Books> {
    return booksOf(this.dataDir, this.registry, this.load.days, this.now);
  }

  /** Ends every process in order and compares what is stored with what the meters gave. */
  async audit(): Promise<Audit> {
    for (const name of [...this.collectors, 'gateway', 'broker']) await this.kill(name, 'SIGTERM');
    const days = this.load.days + 1;
    return audit(this.dataDir, this.world, this.now, { days, owed: ['freeze-day', 'profile'] });
  }

  /** Memory of the processes and sizes of the files, MB. */
  sizes(): Record<string, number> {
    return sizesOf(this.dataDir, [...this.#processes.values()]);
  }

  /** For afterEach: nothing is left, however the test ended. */
  async clean(): Promise<void> {
    for (const child of this.#processes.values()) await child.kill('SIGKILL');
    await this.mosquitto?.stop();
    await this.#field.close();
    await this.#arrangement.close?.();
    if (process.env['METERWAY_TEST_KEEP'] !== 'true') rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** How a user reaches the broker. */
  access(user: string): Record<string, string> {
    return this.#settings.access(user);
  }

  async #loadRegistry(): Promise<Registry> {
    const state = await openSqliteStateStore(join(this.dataDir, 'centre', 'state.sqlite'), { readOnly: true });
    const registry = await state.registry.load();
    await state.close();
    if (!registry) throw new Error('the gateway has stored no registry');
    return registry;
  }

  #logPath(name: string): string {
    return join(this.dataDir, 'logs', `${name}.log`);
  }

  /** Rejects with what the processes wrote last, at once when one of them has ended by itself. */
  async #wait(what: string, deadlineMs: number, holds: () => Promise<boolean> | boolean): Promise<void> {
    try {
      await eventually(what, deadlineMs, () => {
        const gone = ['gateway', ...this.collectors].filter((name) => this.process(name).pid === null);
        if (gone.length > 0) throw new Error(`${gone.join(' and ')} ended by itself, waiting until ${what}`);
        return holds();
      });
    } catch (error) {
      const logs = [...this.#processes].map(([name, child]) => `--- ${name}\n${child.log.slice(-2000)}`);
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${logs.join('\n')}`, {
        cause: error,
      });
    }
  }
}

function entryOf(name: string): string {
  return name === 'gateway' ? 'gateway/main.ts' : 'collector/main.ts';
}
