import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import { InfluxConnection } from './connection.ts';
import { failureOf } from './failure.ts';
import { curveFields, gaugeColumns, hourlyLines } from './hourly-lines.ts';
import { FIRST_MS, LAST_MS, READING } from './lines.ts';
import { instant, query, type Series } from './query.ts';
import { databaseOf, type InfluxSettings } from './settings.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LINES = 5000;
const GROUPED = 'GROUP BY "task", "meter", "area", "district"';

/** What the curves have, as statements name it. */
interface Curves {
  readonly counters: string;
  readonly gauges: string;
  readonly districts: readonly string[];
}

interface RollupParts {
  readonly settings: InfluxSettings;
  /** Days after its end when a day is rolled up: so long, rows that come late are among it. */
  readonly afterDays: number;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info'>;
}

/**
 * Hourly values of curves, written to the database of freezes and kept as long as they are. Done by us and not by the
 * server, because each version has another way (continuous queries, tasks, none) and theirs miss what comes late. Days
 * and hours are those of UTC. How far it has come stands in the database itself, in measurement `rollup`; a day that
 * was cut short is done again, which changes nothing.
 */
export class HourlyRollup {
  readonly #parts: RollupParts;

  constructor(parts: RollupParts) {
    this.#parts = parts;
  }

  /** Does all days that are due; resolves with their number. Rejects with a MeterwayError; the next run goes on. */
  async run(signal: AbortSignal): Promise<number> {
    const { settings, afterDays, clock, logger } = this.#parts;
    const connection = new InfluxConnection(settings, clock);
    try {
      const until = dayOf(clock.now() - afterDays * DAY_MS);
      const from = await this.#begin(connection);
      if (from === null || from >= until) return 0;
      const curves = await this.#curves(connection);
      let days = 0;
      for (let day = from; day < until && !signal.aborted; day += DAY_MS) {
        if (!(await this.#rollDay(connection, curves, day, signal))) break;
        days++;
      }
      if (days > 0) logger.info({ days }, 'hourly values of curves were written');
      return days;
    } finally {
      connection.close();
    }
  }

  /** The first day that is not done, or null when there are no curves. */
  async #begin(connection: InfluxConnection): Promise<number | null> {
    const bounds = { from: instant(FIRST_MS), to: instant(LAST_MS) };
    const range = 'time >= $from AND time <= $to';
    const done = await this.#rows(connection, 'freeze', `SELECT last("until") FROM "rollup" WHERE ${range}`, bounds);
    const until = done[0]?.[1];
    if (typeof until === 'number') return until;
    const first = await this.#rows(
      connection,
      'curve',
      `SELECT first("read_at") FROM "${READING}" WHERE ${range}`,
      bounds,
    );
    const oldest = first[0]?.[0];
    return typeof oldest === 'number' ? dayOf(oldest) : null;
  }

  async #curves(connection: InfluxConnection): Promise<Curves> {
    const fields = await this.#rows(connection, 'curve', `SHOW FIELD KEYS FROM "${READING}"`, {});
    const values = await this.#rows(connection, 'curve', `SHOW TAG VALUES FROM "${READING}" WITH KEY = "district"`, {});
    const { counters, gauges } = curveFields(fields.map(([name]) => String(name)));
    return {
      counters: counters.map((name) => `"${name}"`).join(', '),
      gauges: gaugeColumns(gauges),
      // A tag that a point does not have is asked for as the empty one.
      districts: ['', ...values.map((row) => String(row[1]))],
    };
  }

  /** False when it was told to end before the day was done. */
  async #rollDay(connection: InfluxConnection, curves: Curves, day: number, signal: AbortSignal): Promise<boolean> {
    for (let hour = day; hour < day + DAY_MS; hour += HOUR_MS) {
      for (const district of curves.districts) {
        if (signal.aborted) return false;
        await this.#rollHour(connection, curves, district, hour);
      }
    }
    await this.#write(connection, [`rollup until=${day + DAY_MS}i ${day}`]);
    return true;
  }

  /** Of one district at a time, so that the lines in memory are bounded by its size. */
  async #rollHour(connection: InfluxConnection, curves: Curves, district: string, hour: number): Promise<void> {
    const of = `FROM "${READING}" WHERE "district" = $district`;
    const at = { district, from: instant(hour), to: instant(hour + HOUR_MS) };
    const gauges = `SELECT ${curves.gauges} ${of} AND time >= $from AND time < $to ${GROUPED}`;
    await this.#copy(connection, gauges, at, hour);
    if (curves.counters === '') return;
    const counters = `SELECT ${curves.counters} ${of} AND time = $from ${GROUPED}`;
    await this.#copy(connection, counters, { district, from: at.from }, hour);
  }

  /** Writes the answer of a statement, a few thousand lines at a time. */
  async #copy(
    connection: InfluxConnection,
    statement: string,
    params: Readonly<Record<string, string>>,
    hour: number,
  ): Promise<void> {
    const lines: string[] = [];
    await this.#ask(connection, 'curve', statement, params, (series) => {
      lines.push(...hourlyLines(series, hour));
    });
    for (let from = 0; from < lines.length; from += LINES) {
      await this.#write(connection, lines.slice(from, from + LINES));
    }
  }

  async #write(connection: InfluxConnection, lines: readonly string[]): Promise<void> {
    const path = connection.dialect.writePath(databaseOf(this.#parts.settings, 'freeze'));
    const answer = await connection.request({
      method: 'POST',
      path,
      body: lines.join('\n'),
      contentType: 'text/plain; charset=utf-8',
    });
    if (answer.status === 204) return;
    throw failureOf('write hourly values to', answer, connection, this.#parts.clock.now());
  }

  async #rows(
    connection: InfluxConnection,
    keeping: 'freeze' | 'curve',
    statement: string,
    params: Readonly<Record<string, string>>,
  ): Promise<(readonly unknown[])[]> {
    const rows: (readonly unknown[])[] = [];
    await this.#ask(connection, keeping, statement, params, ({ values }) => {
      rows.push(...values);
    });
    return rows;
  }

  #ask(
    connection: InfluxConnection,
    keeping: 'freeze' | 'curve',
    statement: string,
    params: Readonly<Record<string, string>>,
    onSeries: (series: Series) => void,
  ): Promise<void> {
    const database = databaseOf(this.#parts.settings, keeping);
    return query(connection, () => this.#parts.clock.now(), { database, statement, params }, onSeries);
  }
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}
