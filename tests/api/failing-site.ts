import type { Reason } from '#contract/reasons.ts';
import { Keeper } from '../../gateway/figures/keeper.ts';
import { toldOf } from '../../gateway/ingest/told-rows.ts';
import { at, installation, line, meter, registry } from '../gateway/domain/site.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { get, KEY, outcome, reading, seededApp } from './seeded-app.ts';

/** Twenty meters behind the concentrator k1, of which one answers, and five on a line of their own. */
export const BEHIND = Array.from({ length: 20 }, (_, i) => `k${String(i + 1).padStart(2, '0')}`);
export const OWN = ['p1', 'p2', 'p3', 'p4', 'p5'];
export const DATE = '2026-11-19';
const SILENT: readonly Reason[] = ['no_answer', 'skipped_breaker', 'crc_error'];

const SITE = registry({
  areas: [
    { id: 'a1', name: '一台区', feeder: 'f1', kva: 400 },
    { id: 'a2', name: '二台区', feeder: 'f1', kva: 400 },
  ],
  lines: [line('l1', { concentrator: 'k1' }), line('l2')],
  meters: [
    ...BEHIND.map((id) => meter(id)),
    ...OWN.map((id) => meter(id, { line: 'l2', area: 'a2', model: 'dlt645-3ph' })),
  ],
  installations: [...BEHIND, ...OWN].map((id) => installation(id)),
});

const NOTHING = { outcomes: [], events: [], quarantine: [], baselines: [], marks: [] };

/** The API and the keeper of figures over the stores of a site with a dead concentrator. */
export class FailingSite {
  readonly seeded: Awaited<ReturnType<typeof seededApp>>;
  readonly #keeper: Keeper;

  private constructor(seeded: Awaited<ReturnType<typeof seededApp>>) {
    const { state, readings, figures, clock } = seeded;
    this.seeded = seeded;
    this.#keeper = new Keeper({
      ...{ state, readings, figures, clock, logger: quietLogger() },
      ...{ settings: { keepFiguresDays: 40 }, followers: [], takers: [] },
    });
  }

  static async open(): Promise<FailingSite> {
    const site = new FailingSite(await seededApp({ registry: SITE }));
    const all = [...BEHIND, ...OWN];
    const good = (date: string, ids: readonly string[]) => site.read(date, ids, at(date, '00:10'));
    await good('2026-11-17', all);
    await good(
      '2026-11-18',
      all.filter((id) => id > 'k05' && id !== 'p1'),
    );
    await good(DATE, ['k20', 'p2', 'p3', 'p4', 'p5']);
    const failed = (date: string, id: string, reason: Reason) => outcome(id, at(date), reason);
    await site.seeded.state.ledger.commit({
      ...NOTHING,
      outcomes: [
        ...BEHIND.slice(0, 5).map((id) => failed('2026-11-18', id, 'no_answer')),
        ...BEHIND.slice(0, 19).map((id, i) => failed(DATE, id, SILENT[i % 3] ?? 'no_answer')),
        failed('2026-11-18', 'p1', 'device_error'),
        { ...failed(DATE, 'p1', 'device_error'), lastBytes: 'd101', detail: 'error 02', attempts: 7 },
      ],
    });
    return site;
  }

  /** Good values of a date come in. */
  async read(date: string, ids: readonly string[], readAt: number): Promise<void> {
    const rows = ids.map((id) => reading(id, at(date), [5000], { readAt }));
    const batch = { task: 'freeze-day', quantities: ['energy_import_wh'] as const, rows };
    const written = await this.seeded.readings.write([batch]);
    const judged = { readings: [batch], ledger: { outcomes: [] } };
    const feed = toldOf([{ judged, written }], () => 'freeze-day');
    await this.seeded.state.ledger.commit({ ...NOTHING, ...(feed && { feed }) });
  }

  /** Everything told is kept, and the API looks again at the days, and by default at everything else. */
  async settled(ms = 3000): Promise<void> {
    await this.#keeper.catchUp();
    await this.seeded.clock.advance(ms);
  }

  async causes(query = '') {
    return (await get(this.seeded.app, `/api/v1/collection/failures?date=${DATE}&groupBy=cause${query}`)).json;
  }

  /** Case and state of each cause. */
  async brief(query = ''): Promise<string[]> {
    const { items } = await this.causes(query);
    return items.map(({ caseId, state }: { caseId: string; state: string }) => `${caseId} ${state}`);
  }

  async send(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object, headers: Record<string, string> = {}) {
    const response = await this.seeded.app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${KEY}`, ...headers },
      ...(body && { payload: body }),
    });
    return { status: response.statusCode, json: response.json(), headers: response.headers };
  }
}
