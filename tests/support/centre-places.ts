import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach } from 'vitest';
import type { Registry } from '#contract/registry.ts';
import { monthsIn, openPath } from '#stores/sqlite-readings/folder.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import { Centre, type CentreOptions, type Stores } from './centre.ts';

/** A file of state and a folder of readings. Their stores are opened when first needed and outlive a centre, as the files would. */
export class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'meterway-centre-'));
  #stores: Promise<Stores> | null = null;

  stores(): Promise<Stores> {
    this.#stores ??= this.#open();
    return this.#stores;
  }

  /** Closes the stores; the next centre finds what is in the files. */
  async close(): Promise<void> {
    const stores = await this.#stores;
    this.#stores = null;
    await stores?.readings.close();
    await stores?.state.close();
  }

  /** Removes every row, so that the next test can have the open stores. */
  empty(): void {
    const readings = join(this.folder, 'readings');
    const months = monthsIn(readings).map(({ month }) => openPath(readings, month));
    for (const path of [...months, join(this.folder, 'state.sqlite')]) if (existsSync(path)) removeRows(path);
  }

  async #open(): Promise<Stores> {
    const [readings, state] = await Promise.all([
      openSqliteReadingStore(join(this.folder, 'readings')),
      openSqliteStateStore(join(this.folder, 'state.sqlite')),
    ]);
    return { readings, state };
  }
}

/** What an open store knows by heart. */
const KEPT = ['migration', 'meter_ref'];

function removeRows(path: string): void {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  database.exec('BEGIN');
  for (const { name } of tables) if (!KEPT.includes(String(name))) database.exec(`DELETE FROM "${name}"`);
  database.exec('COMMIT');
  database.close();
}

type Open = (at?: Place, over?: Partial<CentreOptions>) => Promise<Centre>;

/**
 * Ways to a centre for the tests of one file: at work (`start`) or not yet (`open`), on a place of its own or on one
 * that is named, as after a restart. Every test finds empty places and leaves none behind.
 */
export function centresOf(registry: Registry): {
  readonly start: Open;
  readonly open: Open;
  readonly place: () => Place;
} {
  const all: Place[] = [];
  const used: Place[] = [];
  const opened: Centre[] = [];
  const place = (): Place => {
    const free = all.find((known) => !used.includes(known)) ?? new Place();
    if (!all.includes(free)) all.push(free);
    used.push(free);
    return free;
  };
  const open: Open = async (at = place(), over = {}) => {
    const centre = await Centre.open({ ...(await at.stores()), registry, ...over });
    opened.push(centre);
    return centre;
  };
  const start: Open = async (at, over) => {
    const centre = await open(at, over);
    centre.run();
    return centre;
  };
  afterEach(async () => {
    for (const centre of opened.splice(0)) await centre.stop();
    for (const known of used.splice(0)) known.empty();
  });
  afterAll(async () => {
    for (const known of all) {
      await known.close();
      rmSync(known.folder, { recursive: true, force: true });
    }
  });
  return { start, open, place };
}
