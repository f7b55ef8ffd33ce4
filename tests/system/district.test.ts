import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { expectedDayFreeze } from '../../simulators/district/scenario.ts';
import { audit, worldOf } from '../support/audit.ts';
import { at } from '../support/plan.ts';
import { simulatedNow } from '../support/simulated-time.ts';
import { eventually, Standalone } from '../support/standalone.ts';

interface Summary {
  total: {
    due: number;
    excluded: { excluded_new: number };
    expected: number;
    open: number;
    suspect: number;
    failed: number;
    failedBy: { reason: string; count: number }[];
  };
}
interface Causes {
  items: { kind: string; id: string; meters: number }[];
}
interface Failures {
  items: { meter: string; reason: string }[];
  total: number;
}

const NOW = ['2026-11-20', '10:03:10'] as const;
const YESTERDAY = '2026-11-19';

let running: Standalone | null = null;
afterEach(async () => {
  await running?.clean();
  running = null;
});

describe('a simulated district from start to answers', () => {
  it('counts every meter, and its failures are exactly the meters that the scenario broke, each with the right reason', async () => {
    running = await Standalone.start({ env: simulatedNow(...NOW) });
    const { dataDir } = running;
    const meters = await eventually('the API counts every meter', 60_000, async () => {
      const summary = await running?.get<Summary>(`/collection/summary?date=${YESTERDAY}`);
      return summary ? summary.total.due : null;
    });
    expect(meters).toBe(306);
    const total = await eventually("all of yesterday's freezes have a value or a reason", 180_000, async () => {
      const summary = await running?.get<Summary>(`/collection/summary?date=${YESTERDAY}`);
      return summary && summary.total.open === 0 ? summary.total : null;
    });

    const world = worldOf(dataDir);
    const asOf = at(...NOW) + 60_000;
    const expected = new Map(
      world.meters.map((meter) => [meter.spec.id, expectedDayFreeze(meter, at(YESTERDAY), asOf)]),
    );
    const notDue = [...expected.values()].filter((each) => each === 'not_due').length;
    expect(total.excluded.excluded_new).toBe(notDue);
    expect(total.expected).toBe(306 - notDue);

    const broken = [...expected].filter(([, each]) => each !== 'answered' && each !== 'not_due').toSorted();
    const failures = async (): Promise<string[][]> => {
      const found = await running?.get<Failures>(`/collection/failures?date=${YESTERDAY}&limit=1000`);
      return (found?.items ?? []).map(({ meter, reason }) => [meter, reason]).toSorted();
    };
    // A meter that missed its one try on a busy machine is asked again by a probe.
    await eventually('no meter but the broken ones is left', 60_000, async () => {
      return (await failures()).length <= broken.length;
    });
    expect(await failures()).toEqual(broken);
    expect(statSync(join(dataDir, 'admin-key')).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, 'centre', 'state.sqlite')).mode & 0o077).toBe(0);

    // The power of A3 went away before the start: seen by its supply meter on battery, not by silence.
    const outages = await eventually('the area without power and the lost phase are found', 90_000, async () => {
      const found = await running?.get<{ items: { nodeId: string; kind: string }[] }>('/outages?state=open');
      return found && found.items.length >= 2 ? found.items : null;
    });
    expect(outages.map(({ kind, nodeId }) => `${kind} ${nodeId}`).toSorted()).toEqual([
      'outage A3',
      'phase-lost 310002000020',
    ]);
    // A silent meter joins its outage when it has been asked in vain after the outage began.
    await eventually('the failures are put down to the concentrator and the outage', 90_000, async () => {
      const path = `/collection/failures?date=${YESTERDAY}&groupBy=cause&limit=2`;
      const causes = (await running?.get<Causes>(path))?.items.map(({ kind, id }) => `${kind} ${id}`);
      return causes?.map((each) => each.replace(/-[^-]*$/, '')).join() === 'concentrator J,outage outage-area-A3';
    });
    for (const [rule, meter] of [
      ['phase_broken', '310002000020'],
      ['stopped_meter', '310001000027'],
    ]) {
      const path = `/anomalies?state=open&rule=${rule}`;
      const anomalies = await eventually(`${rule} is found`, 180_000, async () => {
        const found = await running?.get<{ items: { meter: string }[] }>(path);
        return found && found.items.length > 0 ? found.items : null;
      });
      expect(anomalies.map((anomaly) => anomaly.meter)).toEqual([meter]);
    }

    const verdictOf = async (meterNo: string): Promise<string> => {
      const status = await running?.get<{ verdict: string }>(`/supply-status?meterNo=${meterNo}`);
      return status?.verdict ?? 'none';
    };
    expect(await verdictOf('310003000007')).toBe('gridOutage');
    expect(await verdictOf('310001000021')).toBe('arrearsDisconnected');
    expect(await verdictOf('310002000020')).toBe('partialPhase');
    expect(await verdictOf('310001000002')).toBe('customerSide');
    expect(await verdictOf('310006000001')).toBe('unknown');

    // What the meters remember of the days before comes beside the live work.
    for (const date of ['2026-11-17', '2026-11-18', '2026-11-20']) {
      await eventually(`every freeze of ${date} has a value or a reason`, 240_000, async () => {
        return (await running?.get<Summary>(`/collection/summary?date=${date}`))?.total.open === 0;
      });
    }
    expect(await running.stop()).toEqual({ code: 0, signal: null });
    const found = await audit(dataDir, world, at(...NOW));
    expect(found.readings).toBeGreaterThan(1000);
    expect(found).toMatchObject({ invented: [], lost: [], quarantined: [] });
  });

  it('sees power and a concentrator come back, says so once, and reads what was missed', async () => {
    running = await Standalone.start({ env: simulatedNow(...NOW) });
    const failedBy = async (): Promise<Map<string, number> | null> => {
      const summary = await running?.get<Summary>(`/collection/summary?date=${YESTERDAY}`);
      if (!summary || summary.total.open > 0) return null;
      return new Map(summary.total.failedBy.map(({ reason, count }) => [reason, count]));
    };
    await eventually('the outage is known and the rest is read', 180_000, async () => {
      const outages = await running?.get<{ items: { nodeId: string }[] }>('/outages?state=open');
      return outages?.items.some(({ nodeId }) => nodeId === 'A3') && ((await failedBy())?.get('no_answer') ?? 0) > 40;
    });
    for (const fault of ['a3-no-power', 'a6-offline']) {
      const control = `http://127.0.0.1:${running.run['simulatorControlPort']}`;
      expect((await fetch(`${control}/faults/${fault}`, { method: 'DELETE' })).status).toBe(204);
    }
    await eventually('supply is back', 120_000, async () => {
      const outages = await running?.get<{ items: { nodeId: string }[] }>('/outages?state=restored');
      return outages?.items.some(({ nodeId }) => nodeId === 'A3');
    });
    await eventually('what the area and the concentrator missed is read', 240_000, async () => {
      const left = await failedBy();
      return left !== null && !left.has('concentrator_offline') && (left.get('no_answer') ?? 0) < 5;
    });
    expect(running.program.output.match(/supply is back/g)).toHaveLength(1);
  });

  it('says on its page that nothing is real, and tells in its log where the key is without showing it', async () => {
    running = await Standalone.start({ env: simulatedNow(...NOW) });
    const page = await eventually('the page is served', 60_000, async () => {
      try {
        const response = await fetch(`${running?.url}/`);
        return response.ok ? await response.text() : null;
      } catch {
        return null;
      }
    });
    expect(page).toContain('SIMULATED');
    await eventually(
      'the greeting is printed',
      20_000,
      () => running?.program.output.includes('Meterway is running') ?? null,
    );
    const key = readFileSync(join(running.dataDir, 'admin-key'), 'utf8').trim();
    expect(running.program.output).toContain(join(running.dataDir, 'admin-key'));
    expect(running.program.output).not.toContain(key);
  });
});
