import { counted, Progress, table } from '#platform/cli/terminal.ts';
import { wholeNumber } from '#platform/cli/usage.ts';
import { ConfigError, formatProblem, type Problem } from '#platform/errors.ts';
import { EXIT } from '#platform/lifecycle.ts';
import { type Counted, CROWDED, loadOf, loadText } from './capacity.ts';
import { checkLines, type LineCheck, metersOn } from './check-lines.ts';
import type { Cli, Site } from './context.ts';
import { reasonText } from './hint.ts';
import type { Verdict } from './meter-check.ts';

export interface CheckOptions {
  readonly links?: boolean;
  readonly meters?: boolean;
  readonly timeoutMs?: string;
  readonly json?: boolean;
}

/** `meterway check`: is a site file right, and does the site answer as it says? */
export async function check(cli: Cli, file: string, options: CheckOptions): Promise<number> {
  if (options.timeoutMs !== undefined) timeoutOf(options.timeoutMs);
  const site = await soundSite(cli, file, options);
  if (site === null) return EXIT.failure;
  const now = cli.clock.now();
  const loads = site.plans.flatMap((plan) => plan.lines.map((line) => loadOf(plan, line, now)));
  if (!options.json) tellSite(cli, site, loads);
  const isVisit = options.links === true || options.meters === true;
  const checks = isVisit ? await visit(cli, site, options) : [];
  const isComplete = !cli.signal.aborted;
  const isGood = isComplete && loads.every(({ load }) => load.fits) && checks.every(isGoodLine);
  if (options.json) cli.terminal.out(jsonOf(site, loads, checks, isGood));
  else {
    if (isVisit) tellLines(cli, checks, options.meters === true);
    cli.terminal.out(`${site.name}: ${summaryOf(site)}: ${isGood ? 'all is well' : 'NOT all is well'}`);
  }
  if (!isComplete) cli.terminal.note('stopped before everything was looked at');
  return isGood ? EXIT.ok : EXIT.failure;
}

/** The site of a file, or null when it has problems, which have been told then. */
async function soundSite(cli: Cli, file: string, options: CheckOptions): Promise<Site | null> {
  try {
    return await cli.sites.site(file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    tellProblems(cli, error.problems, options);
    return null;
  }
}

function tellSite({ terminal }: Cli, site: Site, loads: readonly Counted[]): void {
  for (const counted of loads) terminal.out(`${loadText(counted)}\n`);
  for (const warning of site.warnings) terminal.out(`warning: ${warning}`);
  for (const { load } of loads) {
    if (load.fits && load.use > CROWDED) {
      terminal.out(`warning: line ${load.line} has little time left for retries and repair`);
    }
  }
}

function jsonOf(site: Site, loads: readonly Counted[], checks: readonly LineCheck[], ok: boolean): string {
  const lines = checks.map(({ line, fault, meters }) => ({
    line,
    fault,
    meters: meters.map(({ meter, verdict }) => ({ meter: meter.id, address: meter.address, ...verdict })),
  }));
  const capacity = loads.map(({ load, meters }) => ({ ...load, meters }));
  return JSON.stringify({ ok, problems: [], warnings: site.warnings, capacity, lines });
}

function tellProblems({ terminal }: Cli, problems: readonly Problem[], { json }: CheckOptions): void {
  if (json) terminal.out(JSON.stringify({ ok: false, problems }));
  else {
    for (const problem of problems) terminal.out(formatProblem(problem));
    terminal.out(counted(problems.length, 'problem'));
  }
}

function summaryOf({ plans }: Site): string {
  const lines = plans.reduce((sum, plan) => sum + plan.lines.length, 0);
  const meters = plans.reduce((sum, plan) => sum + plan.meters.length, 0);
  return [counted(plans.length, 'collector'), counted(lines, 'line'), counted(meters, 'meter')].join(', ');
}

async function visit(cli: Cli, site: Site, options: CheckOptions): Promise<LineCheck[]> {
  const withMeters = options.meters === true;
  const timeoutMs = options.timeoutMs === undefined ? null : timeoutOf(options.timeoutMs);
  const progress = new Progress(cli.terminal, cli.clock);
  const now = cli.clock.now();
  const total = site.plans
    .flatMap((plan) => plan.lines.map((line) => 1 + (withMeters ? metersOn(plan, line, now).length : 0)))
    .reduce((sum, steps) => sum + steps, 0);
  let steps = 0;
  const onStep = (what: string): void => progress.step(++steps, total, what);
  try {
    return await checkLines({ cli, site, withMeters, timeoutMs, onStep });
  } finally {
    progress.clear();
  }
}

function timeoutOf(text: string): number {
  return wholeNumber('--timeout-ms', text, 20, 120_000);
}

function isGoodLine({ fault, meters }: LineCheck): boolean {
  return fault === null && meters.every(({ verdict }) => verdict.kind === 'good');
}

function tellLines({ terminal }: Cli, checks: readonly LineCheck[], withMeters: boolean): void {
  const count = (check: LineCheck, kind: Verdict['kind']): string =>
    String(check.meters.filter(({ verdict }) => verdict.kind === kind).length);
  const rows = checks.map((each) => [
    each.line,
    each.fault === null ? 'open' : 'FAULT',
    ...(withMeters ? [count(each, 'good'), count(each, 'other'), count(each, 'failed'), count(each, 'skipped')] : []),
    each.fault ?? '',
  ]);
  const head = ['line', 'link', ...(withMeters ? ['good', 'other', 'failed', 'not tried'] : []), ''];
  const bad = checks.flatMap(({ line, meters }) =>
    meters
      .filter(({ verdict }) => verdict.kind === 'other' || verdict.kind === 'failed')
      .map(({ meter, verdict }) => [line, meter.id, meter.address, verdictText(verdict)]),
  );
  if (bad.length > 0) terminal.out(`\n${table([['line', 'meter', 'address', 'what is wrong'], ...bad])}`);
  terminal.out(`\n${table([head, ...rows], [2, 3, 4, 5].slice(0, withMeters ? 4 : 0))}`);
}

function verdictText(verdict: Verdict): string {
  return verdict.kind === 'failed' ? `${reasonText(verdict.reason)} (${verdict.detail})` : verdict.detail;
}
