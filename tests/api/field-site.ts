import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Line, Registry } from '#contract/registry.ts';
import type { CollectorStatus, LineStatus } from '#contract/status.ts';
import { type Answer, get, NOW, seededApp, siteOf, status } from './seeded-app.ts';

const SERIAL = { path: '/dev/ttyUSB0', baudRate: 2400, parity: 'even', dataBits: 8, stopBits: 1 } as const;
const FORWARD = { terminal: '02001234', port: 31, baudRate: 2400, parity: 'even' } as const;

/** The seeded site with a second way to the concentrator J1, and two collectors more in the other district. */
function site(): Registry {
  const registry = siteOf();
  const [j1] = registry.lines;
  if (!j1) throw new Error('the site has no line');
  const extra: Line[] = [
    { ...j1, id: 'J1-b', link: { serial: SERIAL } },
    { ...j1, id: 'R1', collector: 'c2', concentrator: 'K1', link: { serial: SERIAL } },
    {
      ...j1,
      id: 'T1',
      collector: 'c3',
      concentrator: 'K2',
      link: { dialIn: { port: 9000, terminal: '02001234' } },
      forward: FORWARD,
    },
  ];
  const collectors = [...registry.collectors, { id: 'c2', district: 'd2' }, { id: 'c3', district: 'd2' }];
  return { ...registry, collectors, lines: [...registry.lines, ...extra] };
}

export function line(id: string, overrides: Partial<LineStatus> = {}): LineStatus {
  return {
    id,
    state: 'up',
    reason: null,
    detail: '',
    lastGoodAt: NOW - 60_000,
    requests: 100,
    replies: 90,
    timeouts: 8,
    damaged: 2,
    strays: 1,
    breakersOpen: 1,
    waiting: 4,
    ...overrides,
  };
}

export interface SeededField extends Awaited<ReturnType<typeof seededApp>> {
  /** Forgets what was told, and goes back to where every test begins. */
  reset(): Promise<void>;
  readonly api: (path: string, headers?: Record<string, string>) => Promise<Answer>;
  /** A report of the collector that came in `silentMs` ago. */
  tell(collector: string, lines: LineStatus[], said?: Partial<CollectorStatus>, silentMs?: number): Promise<void>;
  /** Ids of a list that is read two at a time; the path ends in `?` or `&`. */
  pages(path: string): Promise<string[]>;
}

export async function seededField(): Promise<SeededField> {
  const seeded = await seededApp({ registry: site() });
  const api = (path: string, headers: Record<string, string> = {}) => get(seeded.app, `/api/v1${path}`, headers);
  return {
    ...seeded,
    api,
    async reset() {
      const file = new DatabaseSync(join(seeded.folder, 'state.sqlite'));
      file.exec('DELETE FROM collector_status');
      file.close();
      await seeded.state.status.save({ district: 'd1', collector: 'c1', status: status(true), receivedAt: NOW - 5000 });
      // What an earlier test had answered is kept for some seconds of monotonic time.
      await seeded.clock.advance(60_000);
      seeded.clock.jump(NOW - seeded.clock.now());
    },
    async tell(collector, lines, said = {}, silentMs = 5000) {
      const district = collector === 'c1' ? 'd1' : 'd2';
      const told = { ...status(true), lines, ...said };
      const receivedAt = seeded.clock.now() - silentMs;
      await seeded.state.status.save({ district, collector, status: told, receivedAt });
    },
    async pages(path) {
      const found: string[] = [];
      for (let cursor = ''; ; ) {
        const { json } = await api(`${path}limit=2${cursor}`);
        found.push(...ids(json));
        if (json.nextCursor === null) return found;
        cursor = `&cursor=${json.nextCursor}`;
      }
    },
  };
}

export function ids(json: { items: { id: string }[] }): string[] {
  return json.items.map(({ id }) => id);
}
