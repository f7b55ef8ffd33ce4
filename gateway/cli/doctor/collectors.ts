import { ledgerDifferences } from '#domain/collection/balance.ts';
import { type CollectorHealth, collectorHealth } from '#domain/collection/collector-health.ts';
import { planFor } from '../../registry/plans.ts';
import { type Check, type Finding, fault, ok, span, warning } from './check.ts';

/** A collector sends within seconds while the centre takes what it gets. */
const LATE_BACKLOG_MS = 900_000;
/** From here on slots get the wrong names. */
const CLOCK_OFF_MS = 60_000;
const MOST_LINES = 5;

const collectors: Check = {
  name: 'collectors',
  deadlineMs: 20_000,
  late: 'fault',
  run: async ({ state, registry, clock }) => {
    const { registry: content } = await registry();
    const now = clock.now();
    const health = collectorHealth(content, await state.status.all(), now);
    return content.collectors.flatMap((collector) => {
      const told = health.get(collector.id);
      if (!told) {
        const remedy =
          'start it with METERWAY_COLLECTOR_ID and METERWAY_DISTRICT as the site file has them; its log says whether the broker lets it in';
        return [fault(`${collector.id} was never heard of`, remedy)];
      }
      const findings = [
        ...heard(told, now),
        ...plan(told, planFor(content, collector).version),
        ...backlog(told, now),
        ...losses(told),
        ...lines(told),
        ...balance(told),
      ];
      if (findings.length > 0) return findings;
      const { spool } = told.status;
      return [ok(`${collector.id} is online, works to the present plan, and has ${spool.rows} results on the way`)];
    });
  },
};

function heard({ collector, online, status, receivedAt }: CollectorHealth, now: number): Finding[] {
  const ago = span(now - receivedAt);
  if (!online) {
    return [
      fault(`${collector} is offline; it was last heard of ${ago} ago`, 'look at its machine, its network and its log'),
    ];
  }
  const off = status.at - receivedAt;
  if (Math.abs(off) < CLOCK_OFF_MS) return [];
  const direction = off > 0 ? 'ahead of' : 'behind';
  return [
    warning(
      `the clock of ${collector} is ${span(Math.abs(off))} ${direction} ours`,
      'start chrony or ntpd on both machines',
    ),
  ];
}

function plan({ collector, status }: CollectorHealth, wanted: string): Finding[] {
  if (status.planRefused?.version === wanted) {
    return [
      fault(
        `${collector} has refused the present plan`,
        'its log says why; correct the site file, then start the gateway anew',
      ),
    ];
  }
  if (status.planVersion === wanted) return [];
  const works = status.planVersion === null ? 'has no plan' : 'works to an older plan';
  return [
    warning(
      `${collector} ${works}`,
      'it gets the present one when gateway and collector are connected; start the gateway anew if this stays',
    ),
  ];
}

function backlog({ collector, online, status: { spool } }: CollectorHealth, now: number): Finding[] {
  const found: Finding[] = [];
  const age = spool.oldestAt === null ? 0 : now - spool.oldestAt;
  if (online && age > LATE_BACKLOG_MS) {
    const remedy = 'the findings on broker and gateway say what holds it up; after an outage it takes its time';
    found.push(
      warning(
        `${collector} has ${spool.rows} results that the centre has not committed, the oldest ${span(age)} old`,
        remedy,
      ),
    );
  }
  if (spool.maxBytes !== undefined && spool.bytes > 0.9 * spool.maxBytes) {
    const remedy = 'raise METERWAY_SPOOL_MAX_MB there, or see why the centre does not take its results';
    found.push(warning(`the spool of ${collector} is nearly full`, remedy));
  }
  return found;
}

function losses({ collector, status: { spool } }: CollectorHealth): Finding[] {
  const { total = 0, freeze = 0 } = spool.dropped ?? {};
  const damaged = spool.damaged ?? 0;
  return [
    ...(total > 0
      ? [
          (freeze > 0 ? fault : warning)(
            `${collector} has given up ${total} results that the centre never had, ${freeze} of them freezes`,
            'raise METERWAY_SPOOL_MAX_MB or METERWAY_SPOOL_MAX_DAYS there; read freezes again while meters keep them',
          ),
        ]
      : []),
    ...(damaged > 0
      ? [
          warning(
            `the disk of ${collector} has damaged ${damaged} results`,
            'replace the disk; what meters still hold is read again',
          ),
        ]
      : []),
  ];
}

function lines({ collector, online, status }: CollectorHealth): Finding[] {
  const down = online ? status.lines.filter(({ state }) => state === 'down') : [];
  if (down.length === 0) return [];
  const names = down.slice(0, MOST_LINES).map(({ id, reason }) => (reason === null ? id : `${id} (${reason})`));
  const more = down.length > MOST_LINES ? ` and ${down.length - MOST_LINES} more` : '';
  return [
    warning(
      `${down.length} of ${status.lines.length} lines of ${collector} are down: ${names.join(', ')}${more}`,
      'meterway check --links shows why',
    ),
  ];
}

function balance({ collector, status: { ledger } }: CollectorHealth): Finding[] {
  return ledgerDifferences(ledger).map(({ equation, difference }) =>
    fault(
      `the ledger of ${collector} does not balance: ${equation} is off by ${difference}`,
      'this is a defect: report it with the log of the collector',
    ),
  );
}

export const COLLECTOR_CHECKS: readonly Check[] = [collectors];
