import { GROUPINGS } from '#domain/collection/figures.ts';
import { KeptPoints } from '../../gateway/figures/kept-points.ts';
import { type FiguresAtWork, figuresAtWork } from '../support/figures-at-work.ts';
import { at } from '../support/plan.ts';
import { get, reading, seededApp, siteOf } from './seeded-app.ts';

export const TODAY = '2026-11-20';
export const YESTERDAY = '2026-11-19';
export const SLOT = at(TODAY);
export const QUARTER_MS = 900_000;

// biome-ignore lint/suspicious/noExplicitAny: the shape is what each test is about
export type Json = any;

/** The API over the seeded stores, whose figures are kept; some meters have a known maker, some have points of a profile. */
export class CollectionSite {
  readonly seeded: Awaited<ReturnType<typeof seededApp>>;
  readonly work: FiguresAtWork;
  /** What `everySummary` gave before any figures were kept. */
  readonly uncounted: readonly Json[];

  private constructor(seeded: CollectionSite['seeded'], uncounted: readonly Json[]) {
    const { state, readings, figures, clock } = seeded;
    const kept = new KeptPoints({ days: () => this.work.days, readings, figures, clock, keepDays: 3 });
    this.seeded = seeded;
    this.uncounted = uncounted;
    this.work = figuresAtWork({ state, readings, figures, clock, takers: [kept] });
  }

  static async open(): Promise<CollectionSite> {
    const registry = siteOf();
    const meters = registry.meters.map((meter) => (meter.id.startsWith('1') ? { ...meter, maker: '华立' } : meter));
    const seeded = await seededApp({ registry: { ...registry, meters } });
    const points = [0, 1, 2, 3, 5].map((i) => reading('100000000001', SLOT + i * QUARTER_MS, [i]));
    const doubted = reading('200000000001', SLOT + QUARTER_MS, [7], { quality: 'suspect', rules: ['range'] });
    await seeded.readings.write([{ task: 'profile', quantities: ['energy_import_wh'], rows: [...points, doubted] }]);
    const site = new CollectionSite(seeded, await everySummary(seeded));
    await site.caughtUp();
    return site;
  }

  async close(): Promise<void> {
    await this.work.close();
    await this.seeded.close();
  }

  /** Everything that is stored is in the figures, and the API looks again. */
  async caughtUp(): Promise<void> {
    await this.work.catchUp();
    await this.seeded.clock.advance(1000);
  }

  api(path: string): Promise<Json> {
    return answer(this.seeded, path);
  }

  async problem(path: string): Promise<[number, string, string | undefined]> {
    const { status, json } = await get(this.seeded.app, `/api/v1/collection/${path}`);
    return [status, json.code, json.errors?.[0]?.pointer];
  }

  /** Of three days, and of one by every grouping. */
  everySummary(): Promise<Json[]> {
    return everySummary(this.seeded);
  }
}

async function answer({ app }: CollectionSite['seeded'], path: string): Promise<Json> {
  const { status, json, text } = await get(app, `/api/v1/collection/${path}`);
  if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
  return json;
}

async function everySummary(seeded: CollectionSite['seeded']): Promise<Json[]> {
  const answers: Json[] = [];
  for (const date of [TODAY, YESTERDAY, '2026-11-17']) answers.push(await answer(seeded, `summary?date=${date}`));
  for (const grouping of GROUPINGS) answers.push(await answer(seeded, `summary?date=${TODAY}&groupBy=${grouping}`));
  return answers;
}
