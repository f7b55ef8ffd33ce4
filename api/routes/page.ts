import { Type } from 'typebox';
import { addDays, dateOf } from '#contract/zone.ts';
import { collectorHealth } from '#domain/collection/collector-health.ts';
import type { Figures } from '#domain/collection/figures.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { allOutageHeads } from '#stores/all-outages.ts';
import { Kept } from '../kept.ts';
import { html, type Markup, page } from '../page/html.ts';
import { type App, type Kit, NoQuery } from './route-kit.ts';

/** Anybody may ask for the page, and its figures are dear, ms. */
const KEPT_MS = 15_000;

/** The plain page at `/`: totals only, nothing of a customer, so it needs no key. */
export function pageRoutes(app: App, kit: Kit): void {
  const figures = new Kept(KEPT_MS, kit.clock, () => figuresPage(kit));
  app.get(
    '/',
    {
      schema: {
        hide: true,
        querystring: NoQuery,
        response: { 200: Type.String() },
      },
    },
    async (_request, reply) => {
      const text = kit.publicPage ? await figures.get() : page('Meterway', kit.simulated, html`<p>${LINKS}</p>`);
      return reply.header('content-type', 'text/html; charset=utf-8').header('cache-control', 'no-store').send(text);
    },
  );
}

const LINKS = html`<a href="/docs">API</a> · <a href="/openapi.json">OpenAPI</a> · <a href="/healthz">healthz</a> ·
  <a href="/readyz">readyz</a> · <a href="/metrics">metrics</a>`;

async function figuresPage(kit: Kit): Promise<string> {
  const index = await kit.site.index();
  const { asOf, simulated } = await kit.site.stamp();
  const today = dateOf(index.registry.timeZone, kit.clock.now());
  const task = index.registry.tasks.find((each) => each.kind === 'freeze-day') ?? index.registry.tasks[0];
  if (!task) return page('Meterway', simulated, html`<p>No task. 没有采集任务。</p>`);
  const days: Markup[] = [];
  for (const date of [today, addDays(today, -1), addDays(today, -2), addDays(today, -3)]) {
    const { total } = await kit.collection.summary(index, task, date, null);
    days.push(html`<tr><th>${date}</th>${cells(total)}</tr>`);
  }
  const { groups } = await kit.collection.summary(index, task, addDays(today, -1), 'area');
  const areas = groups.map(({ key, figures }) => html`<tr><th>${areaName(index, key)}</th>${cells(figures)}</tr>`);
  const outages = await openOutages(kit);
  const anomalies = await kit.state.anomalies.list({ state: 'open', limit: 1000 });
  const health = collectorHealth(index.registry, await kit.state.status.all(), kit.clock.now());
  const collectors = [...health.values()];
  const online = collectors.filter((each) => each.online).length;
  const spooled = collectors.reduce((sum, { status }) => sum + status.spool.rows, 0);
  return page(
    index.registry.name,
    simulated,
    html`<p>截至 as of ${asOf}</p>
      <h2>日冻结 Day freezes</h2>
      <table>${HEAD}${days}</table>
      <h2>台区 Areas, ${addDays(today, -1)}</h2>
      <table>${HEAD}${areas}</table>
      <h2>现在 Now</h2>
      <table>
        <tr><th>停电与缺相 Open outages and lost phases</th><td>${outages.unplanned}</td></tr>
        <tr><th>计划停电进行中 Planned outages under way</th><td>${outages.planned}</td></tr>
        <tr><th>停电待证实 Being checked</th><td>${outages.unconfirmed}</td></tr>
        <tr><th>异常 Open anomalies</th><td>${anomalies.length}</td></tr>
        <tr><th>采集进程在线 Collectors online</th><td>${online} / ${index.registry.collectors.length}</td></tr>
        <tr><th>待提交 Results not yet committed</th><td>${spooled}</td></tr>
      </table>
      <p>${LINKS}</p>
      <p>密钥 key: <code>&lt;data-dir&gt;/admin-key</code>, <code>Authorization: Bearer …</code></p>`,
  );
}

/** How many interruptions of supply there are, by what is known of them. */
async function openOutages({ state }: Kit): Promise<{ unplanned: number; planned: number; unconfirmed: number }> {
  const kinds = ['outage', 'phase-lost', 'planned'] as const;
  const heads = await allOutageHeads(state.outages, { states: ['open', 'unconfirmed'], kinds });
  const open = heads.filter((head) => head.state === 'open');
  const planned = open.filter(({ kind }) => kind === 'planned').length;
  return { unplanned: open.length - planned, planned, unconfirmed: heads.length - open.length };
}

const HEAD = html`<tr><th></th><th>应采 expected</th><th>一次 first pass</th><th>补抄 retry</th><th>迟到 late</th>
  <th>可疑 suspect</th><th>失败 failed</th><th>在途 open</th><th>剔除 excluded</th><th>成功率 success rate</th></tr>`;

function cells(figures: Figures): Markup {
  const { expected, answeredFirst, answeredRetry, answeredLate, suspect, failed, open, due, successRate } = figures;
  const numbers = [expected, answeredFirst, answeredRetry, answeredLate, suspect, failed, open, due - expected];
  const rate = successRate === null ? '–' : `${successRate.toFixed(2)} %`;
  return html`${numbers.map((each) => html`<td>${each}</td>`)}<td>${rate}</td>`;
}

function areaName(index: RegistryIndex, id: string | null): string {
  if (id === null) return '–';
  const name = index.area(id)?.name;
  return name === undefined ? id : `${id} ${name}`;
}
