import type { MeterModel } from '#contract/models.ts';
import { quantity } from '#contract/quantities.ts';
import { dlt645v1997Profile } from '../profiles/dlt645-1997-profiles.ts';
import { dlt645Profile } from '../profiles/dlt645-profiles.ts';
import { dlt698Profile } from '../profiles/dlt698-profiles.ts';
import type { modbusProfile } from '../profiles/modbus-catalogue.ts';
import { dataItem } from '../protocols/dlt645/data-items.ts';
import { dataItem1997 } from '../protocols/dlt645-1997/reader.ts';
import { oadItem } from '../protocols/dlt698/oad-items.ts';

/** How a model is read: what is known of it beside the contract's facts. */
interface Sheet {
  readonly quantities: readonly string[];
  /** Header and rows of registers or data identifiers. */
  readonly rows: readonly (readonly string[])[];
  readonly notes: readonly string[];
  readonly caveats: readonly string[];
  readonly sources: readonly string[];
}

/** The sheet of a model; empty for one that no profile describes. `profileOf` also knows the models of a site. */
export function sheetOf(model: MeterModel, profileOf: typeof modbusProfile): Sheet {
  return (
    modbusSheet(model, profileOf) ??
    dlt645Sheet(model) ??
    dlt698Sheet(model) ??
    dlt645v1997Sheet(model) ?? { quantities: [], rows: [], notes: [], caveats: [], sources: [] }
  );
}

function modbusSheet({ id }: MeterModel, profileOf: typeof modbusProfile): Sheet | null {
  const profile = profileOf(id);
  if (!profile) return null;
  const rows = profile.registers.map(({ quantity: name, address, type, scale, limits }) => {
    const { unit, zh } = quantity(name);
    const [min, max] = limits;
    const place = `0x${address.toString(16).toUpperCase().padStart(4, '0')}`;
    return [place, type, scale === 1 ? '' : `× ${scale}`, `${min} … ${max} ${unit}`.trimEnd(), name, zh];
  });
  const { maxRegisters, pauseMs, oneItemPerRequest } = profile.quirks;
  return {
    quantities: profile.registers.map(({ quantity: name }) => name),
    rows: [['register', 'type', 'scale', 'believed', 'quantity', ''], ...rows],
    notes: [
      `function ${profile.functionCode}, ${profile.wordOrder}`,
      ...(profile.sunspec === undefined ? [] : [sunSpecNote(profile.sunspec)]),
      ...(maxRegisters === undefined ? [] : [`at most ${maxRegisters} registers in one request`]),
      ...(pauseMs === undefined ? [] : [`${pauseMs} ms of rest between two requests`]),
      ...(oneItemPerRequest ? ['one quantity in one request'] : []),
    ],
    caveats: profile.caveats,
    sources: [profile.source],
  };
}

function sunSpecNote(models: readonly number[]): string {
  return (
    `SunSpec: the meter says itself where its registers are; the first of models ${models.join(', ')} behind its header ` +
    `is read, at the places below if it is a ${models[0]} where it usually lies`
  );
}

function dlt645Sheet({ id }: MeterModel): Sheet | null {
  const profile = dlt645Profile(id);
  if (!profile) return null;
  const rows = [...profile.present, ...profile.freeze.blocks.map(({ series }) => series)].map((di) => {
    const names = (dataItem(di)?.fields ?? []).map(({ quantity: name }) => name);
    const own = names.filter((name) => profile.quantities.includes(name));
    const what = di.length === 6 ? 'day freeze, n-th last as last byte' : 'present value';
    return [di.length === 6 ? `${di}nn` : di, what, own.join(' ')];
  });
  return {
    quantities: profile.quantities,
    rows: [
      ['DI', 'is', 'quantities'],
      ...rows,
      [`${profile.loadProfile.di}`, `load profile, ${profile.loadProfile.recordsPerRequest} records a request`, ''],
    ],
    notes: [
      `${profile.freeze.kept} day freezes`,
      `events: ${profile.events.join(', ')}; their counts are read each time, records only when a count has grown`,
      `at the first look the last ${profile.powerDownRecords} power-downs, of other events the last one`,
    ],
    caveats: profile.caveats,
    sources: profile.sources,
  };
}

function dlt698Sheet({ id }: MeterModel): Sheet | null {
  const profile = dlt698Profile(id);
  if (!profile) return null;
  const { quantities, present, freezes, minuteFreeze, powerDown, limits, caveats, sources } = profile;
  const columns = (list: typeof freezes.columns): string => list.map(({ oad }) => oad).join(' ');
  return {
    quantities,
    rows: [
      ['OAD', 'is', 'quantities'],
      ...present.map((oad) => [oad, 'present value', namesOf(oadItem(oad), quantities)]),
      [freezes.day.oad, `day freeze, kept ${freezes.day.keptDays} days`, columns(freezes.columns)],
      [freezes.month.oad, `month freeze, kept ${freezes.month.keptDays} days`, columns(freezes.columns)],
      [minuteFreeze.oad, 'minute freeze', columns(minuteFreeze.columns)],
      [powerDown.oad, `power-down record, the last ${powerDown.records} each time`, ''],
    ],
    notes: [`at most ${limits.listOads} OADs and ${limits.replyBytes} bytes of values in one answer`],
    caveats,
    sources,
  };
}

function dlt645v1997Sheet({ id }: MeterModel): Sheet | null {
  const profile = dlt645v1997Profile(id);
  if (!profile) return null;
  const { quantities, present, caveats, sources } = profile;
  const rows = present.map((di) => [di, 'present value', namesOf(dataItem1997(di), quantities)]);
  return { quantities, rows: [['DI', 'is', 'quantities'], ...rows], notes: [], caveats, sources };
}

/** Those quantities of an item that the model has. */
function namesOf(item: { fields: readonly { quantity: string }[] } | null | undefined, own: readonly string[]): string {
  return (item?.fields ?? []).flatMap(({ quantity: name }) => (own.includes(name) ? [name] : [])).join(' ');
}
