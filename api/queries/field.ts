import type { Reason } from '#contract/reasons.ts';
import type { Line } from '#contract/registry.ts';
import type { LineStatus } from '#contract/status.ts';
import { type CollectorHealth, collectorHealth, type ToldStatus } from '#domain/collection/collector-health.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import type { StatusStore } from '#stores/state-store.ts';
import { Kept } from '../kept.ts';
import { shown } from './collection.ts';

/** In the order in which an operator wants them: what to repair comes first. */
export const FIELD_STATES = ['down', 'unknown', 'idle', 'up'] as const;
export type FieldState = (typeof FIELD_STATES)[number];

/** Of several lines one that is up counts; one that cannot be opened says more than one that was not tried. */
const OF_SEVERAL: readonly FieldState[] = ['up', 'down', 'unknown', 'idle'];

/** Collectors report every half minute, and the reports of a large district are dear to read, ms. */
const KEPT_MS = 1000;

/** A line of the registry with what its collector said of it. */
export interface LineHealth {
  readonly line: Line;
  readonly state: FieldState;
  readonly reason: Reason | null;
  readonly detail: string;
  /** Null when the collector was never heard of, or does not tell of the line. */
  readonly told: LineStatus | null;
  /** When that came in by the clock of the centre, UTC ms. */
  readonly toldAt: number | null;
}

/** A concentrator with the lines that lead to it. Its state is that of its best line: one way in is enough. */
export interface ConcentratorHealth {
  readonly id: string;
  readonly state: FieldState;
  readonly reason: Reason | null;
  readonly detail: string;
  readonly lines: readonly LineHealth[];
}

/** Collectors and lines at one moment. */
export interface FieldHealth {
  /** Those that were heard of, by id. */
  readonly collectors: ReadonlyMap<string, CollectorHealth>;
  /** All of the registry, in its order. */
  readonly lines: readonly LineHealth[];
  readonly linesOf: ReadonlyMap<string, readonly LineHealth[]>;
}

/** Health of the field: the registry says what there is, the collectors say how it is. */
export class FieldQuery {
  readonly #told: Kept<ToldStatus[]>;
  readonly #clock: Clock;

  constructor(status: Pick<StatusStore, 'all'>, clock: Clock) {
    this.#told = new Kept(KEPT_MS, clock, () => status.all());
    this.#clock = clock;
  }

  async health(index: RegistryIndex): Promise<FieldHealth> {
    const collectors = collectorHealth(index.registry, await this.#told.get(), this.#clock.now());
    const told = new Map(
      [...collectors].map(([id, { status }]) => [id, new Map(status.lines.map((line) => [line.id, line]))]),
    );
    const zone = index.registry.timeZone;
    const lines = index.registry.lines.map((line) =>
      lineHealth(zone, line, collectors.get(line.collector), told.get(line.collector)?.get(line.id) ?? null),
    );
    return { collectors, lines, linesOf: Map.groupBy(lines, ({ line }) => line.collector) };
  }
}

function lineHealth(
  zone: string,
  line: Line,
  collector: CollectorHealth | undefined,
  told: LineStatus | null,
): LineHealth {
  const toldAt = told && collector ? collector.receivedAt : null;
  if (!collector?.online) {
    const heard = collector ? `was last heard of at ${shown(zone, collector.receivedAt)}` : 'was never heard of';
    const detail = `collector ${line.collector} ${heard}`;
    return { line, state: 'unknown', reason: 'collector_offline', detail, told, toldAt };
  }
  if (told === null) {
    const { planVersion, planRefused } = collector.status;
    const plan =
      planVersion === null ? 'has no plan yet' : `works to plan ${planVersion}, which does not have the line`;
    const refused = planRefused ? `, and has refused plan ${planRefused.version}` : '';
    const detail = `collector ${line.collector} ${plan}${refused}`;
    return { line, state: 'unknown', reason: null, detail, told, toldAt };
  }
  return { line, state: told.state, reason: told.reason, detail: told.detail, told, toldAt };
}

/** The concentrators that the lines lead to, in the order of the first line to each. */
export function concentratorsOf(lines: readonly LineHealth[]): ConcentratorHealth[] {
  const behind = lines.filter(({ line }) => line.concentrator !== null);
  const byId = Map.groupBy(behind, ({ line }) => line.concentrator ?? '');
  return [...byId].map(([id, its]) => {
    const state = OF_SEVERAL.find((each) => its.some((line) => line.state === each)) ?? 'unknown';
    const telling = its.find((line) => line.state === state);
    return { id, state, reason: telling?.reason ?? null, detail: telling?.detail ?? '', lines: its };
  });
}

/** `serial /dev/ttyUSB0 2400 8E1`, `tcp 10.0.0.5:8000`, `dial-in 02001234 on port 9000`: as the collector's log says it. */
export function linkText({ link }: Line): string {
  if ('serial' in link) {
    const { path, baudRate, dataBits, parity, stopBits } = link.serial;
    return `serial ${path} ${baudRate} ${dataBits}${parity[0]?.toUpperCase()}${stopBits}`;
  }
  if ('tcp' in link) return `tcp ${link.tcp.host}:${link.tcp.port}`;
  return `dial-in ${link.dialIn.terminal} on port ${link.dialIn.port}`;
}

/** `port 31 of terminal 02001234, 2400 baud, even parity`; null for a line that needs no terminal to pass frames on. */
export function forwardText({ forward }: Line): string | null {
  if (!forward) return null;
  const { terminal, port, baudRate, parity } = forward;
  return `port ${port} of terminal ${terminal}, ${baudRate} baud, ${parity === 'none' ? 'no' : parity} parity`;
}
