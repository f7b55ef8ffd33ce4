import { processUse } from '../kit/process-use.ts';
import { summaryAnswers } from './answers.ts';
import { Programs } from './programs.ts';
import { Report } from './report.ts';

const p = await Programs.open(
  { folder: '/tmp/meterway-figures-1000000-1', meters: 1000000, seed: 1 },
  34,
  '/tmp/h9/prof1m',
);
const report = new Report();
try {
  const bare = await p.startBare();
  const { child, client } = await p.startApi(100);
  await report.part('s', () =>
    summaryAnswers({ api: client, pid: child.pid, bare }, report, { from: '2026-11-16', date: '2026-11-18' }),
  );
  console.log(processUse(child.pid));
} finally {
  await p.close();
}
