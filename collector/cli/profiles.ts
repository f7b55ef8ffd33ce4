import { METER_MODELS, type MeterModel, modelsWith } from '#contract/models.ts';
import { table } from '#platform/cli/terminal.ts';
import { UsageError } from '#platform/cli/usage.ts';
import { EXIT } from '#platform/lifecycle.ts';
import { type modbusProfile, modbusProfilesWith } from '../profiles/modbus-catalogue.ts';
import type { Cli } from './context.ts';
import { sheetOf } from './profile-sheets.ts';

/** What a sheet is made of. */
interface Known {
  readonly models: readonly MeterModel[];
  readonly profileOf: typeof modbusProfile;
}

interface ProfilesOptions {
  readonly site?: string;
  readonly json?: boolean;
}

/** `meterway profiles`: the meter models, those of a site's own among them, or one of them in full. */
export async function profiles(cli: Cli, id: string | undefined, options: ProfilesOptions): Promise<number> {
  const { terminal } = cli;
  const known = await knownOf(cli, options.site);
  const model = id === undefined ? undefined : known.models.find((each) => each.id === id);
  if (id !== undefined && model === undefined) {
    throw new UsageError(`cannot find model ${id}: there are ${known.models.map((each) => each.id).join(', ')}`);
  }
  const models = model ? [model] : known.models;
  if (options.json) {
    terminal.out(JSON.stringify(models.map((each) => ({ ...each, ...sheetOf(each, known.profileOf) }))));
  } else terminal.out(model ? fullText(model, known) : listText(known));
  return EXIT.ok;
}

async function knownOf(cli: Cli, file: string | undefined): Promise<Known> {
  const own = file === undefined ? [] : (await cli.sites.site(file)).profiles;
  const modelOf = modelsWith(own);
  const brought = own.flatMap(({ id }) => modelOf(id) ?? []);
  return { models: [...METER_MODELS, ...brought], profileOf: modbusProfilesWith(own) };
}

function listText({ models, profileOf }: Known): string {
  const rows = models.map((model) => {
    const { quantities, caveats } = sheetOf(model, profileOf);
    const { id, protocol, phases, zh, en } = model;
    return [id, protocol, `${phases}`, `${quantities.length}`, `${caveats.length}`, `${zh} ${en}`];
  });
  return `${table([['model', 'protocol', 'phases', 'quantities', 'caveats', 'name'], ...rows], [2, 3, 4])}\nmeterway profiles ID shows one in full`;
}

function fullText(model: MeterModel, { profileOf }: Known): string {
  const { id, zh, en, protocol, phases, ratedVoltageV, maxCurrentA, rolloverWh, keepsDays } = model;
  const sheet = sheetOf(model, profileOf);
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
