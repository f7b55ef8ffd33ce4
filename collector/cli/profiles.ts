import { METER_MODELS, type MeterModel } from '#contract/models.ts';
import { EXIT } from '#platform/lifecycle.ts';
import { type Cli, UsageError } from './context.ts';
import { sheetOf } from './profile-sheets.ts';
import { table } from './terminal.ts';

/** `meterway profiles`: the meter models, or one of them in full. */
export function profiles(cli: Cli, id: string | undefined, options: { readonly json?: boolean }): number {
  const { terminal } = cli;
  const model = id === undefined ? undefined : METER_MODELS.find((each) => each.id === id);
  if (id !== undefined && model === undefined) {
    throw new UsageError(`cannot find model ${id}: there are ${METER_MODELS.map((each) => each.id).join(', ')}`);
  }
  const models = model ? [model] : METER_MODELS;
  if (options.json) terminal.out(JSON.stringify(models.map((each) => ({ ...each, ...sheetOf(each) }))));
  else terminal.out(model ? fullText(model) : listText());
  return EXIT.ok;
}

function listText(): string {
  const rows = METER_MODELS.map((model) => {
    const { quantities, caveats } = sheetOf(model);
    const { id, protocol, phases, zh, en } = model;
    return [id, protocol, `${phases}`, `${quantities.length}`, `${caveats.length}`, `${zh} ${en}`];
  });
  return `${table([['model', 'protocol', 'phases', 'quantities', 'caveats', 'name'], ...rows], [2, 3, 4])}\nmeterway profiles ID shows one in full`;
}

function fullText(model: MeterModel): string {
  const { id, zh, en, protocol, phases, ratedVoltageV, maxCurrentA, rolloverWh, keepsDays } = model;
  const sheet = sheetOf(model);
  const keeps = Object.entries(keepsDays).map(([kind, days]) => `${kind} ${days} days`);
  const facts = [
    ['model', `${id}: ${en} ${zh}`],
    ['protocol', protocol],
    ['phases', `${phases}, ${ratedVoltageV} V, up to ${maxCurrentA} A`],
    ['register', `0 to ${rolloverWh / 1000} kWh, then from 0 again`],
    ['memory', keeps.length > 0 ? keeps.join(', ') : 'none: what is not read at its time cannot be fetched later'],
    ...sheet.notes.map((note) => ['', note]),
  ];
  return [
    table(facts),
    '',
    table(sheet.rows, [0]),
    '',
    ...sheet.caveats.map((caveat) => `note: ${caveat}`),
    ...sheet.sources.map((source) => `source: ${source}`),
  ].join('\n');
}
