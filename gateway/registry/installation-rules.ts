import type { MeterModel } from '#contract/models.ts';
import { isDate } from '#contract/zone.ts';
import { registerDifference } from '#domain/usage/register-difference.ts';
import { registerWh, type SiteInstallation, type SiteMeter } from './site-installations.ts';
import type { Path, Report } from './task-rules.ts';

/** What installations may name, and the model whose register they write down; undefined when it is not known. */
export interface InstallationRefs {
  readonly accounts: ReadonlySet<string>;
  readonly areas: ReadonlySet<string>;
  readonly model: MeterModel | undefined;
}

type Ends = readonly [
  field: 'startWh' | 'endWh',
  inKwh: 'startKwh' | 'endKwh',
  of: (entry: SiteInstallation) => number | null,
];

const START: Ends = ['startWh', 'startKwh', (entry) => registerWh(entry.startWh, entry.startKwh)];
const END: Ends = ['endWh', 'endKwh', (entry) => registerWh(entry.endWh, entry.endKwh)];

/** What must hold for a meter's list of installations: dates that ascend, names that exist, registers that fit. */
export function checkInstallations(meter: SiteMeter, refs: InstallationRefs, path: Path, report: Report): void {
  const { installations } = meter;
  if (!installations) return;
  for (const field of ['account', 'installed', 'removed'] as const) {
    if (meter[field] !== undefined) {
      report([...path, field], 'stands beside installations; say it in the entry of installations that it belongs to');
    }
  }
  const last = installations.length - 1;
  for (const [i, entry] of installations.entries()) {
    const at = [...path, 'installations', i];
    checkNames(entry, refs, at, report);
    checkSpan(entry, installations[i + 1], at, report);
    checkRegisters(entry, refs.model, at, report);
    if (i === last && entry.to === undefined) checkPresent(meter, entry, at, report);
  }
}

function checkNames(entry: SiteInstallation, { accounts, areas }: InstallationRefs, at: Path, report: Report): void {
  if (entry.account !== undefined && !accounts.has(entry.account)) {
    report([...at, 'account'], 'no account of this file has this number');
  }
  if (entry.area !== undefined && !areas.has(entry.area)) report([...at, 'area'], `no area is called ${entry.area}`);
}

function checkSpan(entry: SiteInstallation, next: SiteInstallation | undefined, at: Path, report: Report): void {
  const { from, to } = entry;
  const wrong = Object.entries({ from, to }).filter(([, date]) => date !== undefined && !isDate(date));
  for (const [field, date] of wrong) report([...at, field], `${date} is no calendar date`);
  if (wrong.length > 0) return;
  if (to !== undefined && to <= from) {
    report([...at, 'to'], `${to} is not after ${from}; it is the first day on which the meter no longer hung there`);
  }
  if (!next || !isDate(next.from)) return;
  if (next.from <= from) {
    report(at, `installations stand from the oldest to the newest, but ${from} comes before ${next.from}`);
  } else if (to === undefined) {
    report(at, `to is missing: the next installation begins on ${next.from}, so this one ends then or earlier`);
  } else if (to > next.from) {
    report([...at, 'to'], `${to} is after ${next.from}, when the next installation begins; a meter hangs in one place`);
  }
}

function checkRegisters(entry: SiteInstallation, model: MeterModel | undefined, at: Path, report: Report): void {
  const ends = [START, END].map((end) => checkRegister(entry, end, model, at, report));
  const [startWh = null, endWh = null] = ends;
  if (endWh !== null && entry.to === undefined) report(at, 'to is missing: there is a register at the end');
  if (!model || startWh === null || endWh === null) return;
  if (registerDifference(startWh, endWh, model.rolloverWh).how === 'reversed') {
    const shown = `${endWh} Wh is below ${startWh} Wh at the start`;
    report([...at, fieldOf(entry, END)], `${shown}; a register only falls where it passes its end`);
  }
}

/** The register in Wh where it is one the meter can show, else null. */
function checkRegister(
  entry: SiteInstallation,
  end: Ends,
  model: MeterModel | undefined,
  at: Path,
  report: Report,
): number | null {
  const [field, inKwh, of] = end;
  const wh = of(entry);
  if (wh === null) return null;
  const place = [...at, fieldOf(entry, end)];
  if (entry[field] !== undefined && entry[inKwh] !== undefined) {
    report([...at, inKwh], `${field} says it already; one of them is enough`);
  } else if (!isWholeWh(entry[inKwh])) {
    report(place, `${entry[inKwh]} has more than 3 decimals; a register in kWh has up to 3`);
  } else if (model && wh >= model.rolloverWh) {
    report(place, `${wh} Wh is more than ${model.id} can show: its register ends below ${model.rolloverWh} Wh`);
  } else return wh;
  return null;
}

function fieldOf(entry: SiteInstallation, [field, inKwh]: Ends): string {
  return entry[field] === undefined ? inKwh : field;
}

function isWholeWh(kwh: number | undefined): boolean {
  return kwh === undefined || Math.round(kwh * 1000) / 1000 === kwh;
}

/** What holds now is said once: by the meter, and by its last installation only if it says the same. */
function checkPresent(meter: SiteMeter, entry: SiteInstallation, at: Path, report: Report): void {
  for (const field of ['area', 'ct', 'pt'] as const) {
    const [own, there] = [meter[field], entry[field]];
    if (own === undefined || there === undefined || own === there) continue;
    report([...at, field], `${there} is not ${own}, the ${field} of the meter, though this installation still lasts`);
  }
}
