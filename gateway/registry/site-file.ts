import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Forward } from '#contract/plan.ts';
import type { MeterProfile } from '#contract/profile.ts';
import type { Account, Area, Line, Meter, Registry } from '#contract/registry.ts';
import { DEFAULT_TASKS } from '#contract/tasks.ts';
import { instantOf } from '#contract/zone.ts';
import { ConfigError, messageOf, type Problem } from '#platform/errors.ts';
import { checkYaml, parseYaml } from '#platform/yaml/yaml-file.ts';
import { FORWARD_TIMING, forwardDefaults, serialDefaults, timingDefaults } from './line-defaults.ts';
import { readProfiles } from './profile-file.ts';
import { installationsFor, presentRatio, type SiteMeter } from './site-installations.ts';
import { checkSite } from './site-rules.ts';
import { SiteFile } from './site-schema.ts';

const DEFAULT_ZONE = 'Asia/Shanghai';

/**
 * The registry that a site file describes. `now` (UTC ms) becomes `collectedFrom` of its meters; the store keeps the
 * earlier value for meters it knows. Throws ConfigError with every problem at once.
 */
export function loadSite(path: string, now: number): Registry {
  const problems: Problem[] = [];
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    problems.push({ file: path, line: null, path: '', message: `cannot be read: ${messageOf(error)}` });
  }
  if (problems.length > 0) throw new ConfigError('the site file', problems);
  return parseSite(path, text, now);
}

export function parseSite(name: string, text: string, now: number): Registry {
  const file = parseYaml(name, text);
  const checked = checkYaml(file, SiteFile);
  if (!('value' in checked)) throw new ConfigError('the site file', checked.problems);
  const own = readProfiles(dirname(name), checked.value.profiles ?? []);
  // Meters of a model whose file is wrong would all be reported as being of no model.
  const problems = own.problems.length > 0 ? own.problems : checkSite(file, checked.value, own.profiles);
  if (problems.length > 0) throw new ConfigError('the site file', problems);
  return toRegistry(checked.value, own.profiles, now);
}

function toRegistry(site: SiteFile, profiles: readonly MeterProfile[], now: number): Registry {
  const timeZone = site.site.timeZone ?? DEFAULT_ZONE;
  const districts = site.districts ?? [{ id: 'district', name: site.site.name }];
  const district = districts[0]?.id ?? 'district';
  const feeders = (site.feeders ?? [{ id: 'feeder', name: site.site.name, district }]).map((feeder) => ({
    ...feeder,
    district: feeder.district ?? district,
  }));
  const feeder = feeders[0]?.id ?? 'feeder';
  const collectors = (site.collectors ?? [{ id: 'collector', district }]).map((collector) => ({
    id: collector.id,
    district: collector.district ?? district,
  }));
  const meters = site.meters.map((meter) => toMeter(meter, now));
  return {
    name: site.site.name,
    timeZone,
    districts,
    feeders,
    areas: site.areas.map((area) => toArea(area, feeder, timeZone)),
    collectors,
    lines: site.lines.map((line) => toLine(line, collectors[0]?.id ?? 'collector')),
    accounts: (site.accounts ?? []).map(toAccount),
    meters,
    installations: meters.flatMap((meter, i) => {
      const entry = site.meters[i];
      return entry ? installationsFor(entry, meter, timeZone) : [];
    }),
    tasks: site.tasks ?? DEFAULT_TASKS,
    ...(profiles.length > 0 && { profiles }),
  };
}

function toArea({ statusSince, ...area }: SiteFile['areas'][number], feeder: string, timeZone: string): Area {
  return {
    ...area,
    feeder: area.feeder ?? feeder,
    ...(statusSince !== undefined && { statusSince: instantOf(timeZone, statusSince) }),
  };
}

function toLine(line: SiteFile['lines'][number], collector: string): Line {
  const { id, protocol, tcp, dialIn } = line;
  const serial = line.serial ? { ...serialDefaults(protocol), ...line.serial } : null;
  const defaults = line.forward ? FORWARD_TIMING : timingDefaults(protocol, serial);
  return {
    id,
    collector: line.collector ?? collector,
    protocol,
    link: serial ? { serial } : dialIn ? { dialIn } : { tcp: tcp ?? { host: '', port: 0 } },
    ...(line.forward && { forward: toForward(line, line.forward) }),
    concentrator: line.concentrator ?? null,
    timing: { ...defaults, ...line.timing },
  };
}

function toForward(
  { protocol, dialIn }: SiteFile['lines'][number],
  forward: NonNullable<SiteFile['lines'][number]['forward']>,
): Forward {
  return { ...forwardDefaults(protocol), terminal: dialIn?.terminal ?? '', ...forward };
}

function toAccount(account: NonNullable<SiteFile['accounts']>[number]): Account {
  return { category: 'resident', priority: 'normal', status: 'active', ...account };
}

function toMeter(meter: SiteMeter, now: number): Meter {
  return {
    id: meter.id,
    no: meter.no ?? meter.id,
    model: meter.model,
    line: meter.line,
    address: meter.address ?? meter.id,
    area: meter.area,
    ...(meter.branch !== undefined && { branch: meter.branch }),
    ...(meter.box !== undefined && { box: meter.box }),
    role: meter.role ?? 'customer',
    phase: meter.phase ?? null,
    ct: presentRatio(meter, 'ct'),
    pt: presentRatio(meter, 'pt'),
    ...(meter.maker !== undefined && { maker: meter.maker }),
    collectedFrom: now,
  };
}
