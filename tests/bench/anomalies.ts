import { Command } from 'commander';
import { CurveJudge } from '#domain/anomalies/curve/judge.ts';
import { CURVE_RULES, type CurveRuleId } from '#domain/anomalies/curve/limits.ts';
import { newCurveState, packCurveState, unpackCurveState } from '#domain/anomalies/curve/state.ts';
import { DAY, type MadeMeter, madeDay, POINTS } from './anomalies/made-day.ts';
import { claim } from './kit/claim.ts';
import { machine, median, plain, printTable } from './kit/figures.ts';

/**
 * A day of curves through the anomaly rules, rule by rule and all at once, on one core. What a rule takes is what the
 * judge takes with it alone, less what cleaning takes without any.
 */
const WHOLE = 100_000;
const AIM_S = 60;
const RUNS = 3;
const ZONE_MS = 8 * 3_600_000;
const NOW = DAY + 10 * 86_400_000;

interface Options {
  readonly meters: string;
}

interface Run {
  /** Processor time: the machine may have other things to do. */
  readonly ms: number;
  readonly told: number;
}

await new Command('node tests/bench/anomalies.ts')
  .option('--meters <n>', 'meters that are judged; figures are extrapolated to 100,000', '2000')
  .action((options: Options) => bench(Number(options.meters)))
  .parseAsync();

function bench(meters: number): void {
  const day = madeDay(meters);
  const cleaning = measured(day, []);
  const rules = CURVE_RULES.map((rule) => ({ rule, run: measured(day, [rule]) }));
  const all = measured(day, CURVE_RULES);
  const whole = (ms: number): number => (ms / 1000) * (WHOLE / meters);
  const row = (name: string, ms: number, told: string): string[] => [
    name,
    plain(whole(ms), 2),
    plain((ms * 1e6) / (meters * POINTS), 1),
    `${plain((ms / all.ms) * 100, 1)} %`,
    told,
  ];
  console.log(`Anomaly rules over a day of ${plain(meters)} meters × ${POINTS} points; ${machine()}.`);
  console.log(
    `Seconds of processor time, extrapolated to ${plain(WHOLE)} meters; median of ${RUNS} runs after one to warm up.\n`,
  );
  printTable(
    ['rule', 's / 100,000 meters', 'ns / point', 'of all', 'told'],
    [
      row('cleaning', cleaning.ms, ''),
      ...rules.map(({ rule, run }) => row(rule, Math.max(0, run.ms - cleaning.ms), plain(run.told))),
      row('all at once', all.ms, plain(all.told)),
    ],
  );
  const seconds = whole(all.ms);
  claim({
    what: `anomaly rules over a day of ${plain(WHOLE)} meters × ${POINTS} points, from ${plain(meters)} meters`,
    aim: `< ${AIM_S} s on one core`,
    measured: `${plain(seconds, 1)} s`,
    baseline: `cleaning alone ${plain(whole(cleaning.ms), 1)} s`,
    met: seconds < AIM_S,
  });
}

/** Unpacks the state of each meter, judges its day and packs the state again, as the centre does. */
function measured(day: readonly MadeMeter[], rules: readonly CurveRuleId[]): Run {
  const judge = new CurveJudge({ zoneOffsetMs: ZONE_MS, rules });
  const fresh = packCurveState(newCurveState());
  const scratch = newCurveState();
  const once = (): Run => {
    let told = 0;
    const begun = process.cpuUsage();
    for (const { meter, curve } of day) {
      unpackCurveState(fresh, scratch);
      told += judge.judge(meter, curve, scratch, NOW).length;
      packCurveState(scratch);
    }
    const { user, system } = process.cpuUsage(begun);
    return { ms: (user + system) / 1000, told };
  };
  const { told } = once();
  return { ms: median(Array.from({ length: RUNS }, () => once().ms)), told };
}
