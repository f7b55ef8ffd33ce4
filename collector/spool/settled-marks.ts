import type { Logger } from '#platform/logger.ts';
import type { SqliteClient } from '#platform/sqlite/client.ts';
import type { DayProgress } from '../schedule/progress.ts';
import { progressCrc } from './checksum.ts';
import { metaStatement } from './state.ts';

type DayRow = { -readonly [K in keyof DayProgress]: DayProgress[K] } & { crc: number | null };

/** Which slots are settled, as the file says it. */
export class SettledMarks {
  readonly #client: SqliteClient;
  readonly #logger: Logger;

  constructor(client: SqliteClient, logger: Logger) {
    this.#client = client;
    this.#logger = logger;
  }

  /**
   * The marks name slots of a local day, so those of another time zone would name other slots: they are forgotten, and
   * what is read again is nothing new to the centre. So is a day whose mark the disk has changed: it could settle a slot
   * that was never read.
   */
  async ofZone(timeZone: string): Promise<DayProgress[]> {
    const [known] = await this.#client.all<{ value: string }>("SELECT value FROM meta WHERE key = 'timeZone'");
    if (known?.value !== timeZone) {
      const forget = { sql: 'DELETE FROM progress', rows: [] };
      await this.#client.transaction([...(known ? [forget] : []), metaStatement('timeZone', timeZone)]);
    }
    const days = await this.#client.all<DayRow>('SELECT task, meter, date, bits, crc FROM progress');
    const sound = days.filter((day) => day.crc === null || day.crc === progressCrc(day));
    if (sound.length < days.length) {
      const changed = days.length - sound.length;
      this.#logger.error({ days: changed }, 'the disk has changed marks of settled slots; those days are read again');
    }
    return sound.map(({ task, meter, date, bits }) => ({ task, meter, date, bits }));
  }

  async forgetBefore(date: string): Promise<void> {
    await this.#client.transaction([{ sql: 'DELETE FROM progress WHERE date < ?', rows: [[date]] }]);
  }
}
