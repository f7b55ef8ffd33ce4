import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { meterModel } from '#contract/models.ts';
import { MeterProfile } from '#contract/profile.ts';
import { checkModbusProfile } from '#contract/profile-check.ts';
import { ConfigError, messageOf, type Problem } from '#platform/errors.ts';
import { checkYaml, parseYaml, problemAt, type YamlFile } from '#platform/yaml/yaml-file.ts';

/**
 * The meter profile that a file describes, checked like those of the catalogue. Throws ConfigError with every problem
 * at once, each with file and line.
 */
export function loadProfile(path: string): MeterProfile {
  const { profile, problems } = readProfile(path);
  if (profile === null) throw new ConfigError('the meter profile', problems);
  return profile;
}

/** The profiles that a site file names, relative to the folder of the site file, and all that is wrong with them. */
export function readProfiles(
  folder: string,
  paths: readonly string[],
): { readonly profiles: readonly MeterProfile[]; readonly problems: readonly Problem[] } {
  const profiles: MeterProfile[] = [];
  const problems: Problem[] = [];
  const files = new Map<string, string>();
  for (const path of paths) {
    const name = isAbsolute(path) ? path : join(folder, path);
    const read = readProfile(name);
    problems.push(...read.problems);
    if (read.profile === null) continue;
    const { id } = read.profile;
    const other = files.get(id);
    if (other !== undefined) problems.push(problemAt(read.file, ['id'], `${id} is taken already by ${other}`));
    files.set(id, name);
    profiles.push(read.profile);
  }
  return { profiles, problems };
}

type Read =
  | { readonly file: YamlFile; readonly profile: MeterProfile; readonly problems: readonly [] }
  | { readonly profile: null; readonly problems: readonly Problem[] };

function readProfile(path: string): Read {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const message = `cannot be read: ${messageOf(error)}`;
    return { profile: null, problems: [{ file: path, line: null, path: '', message }] };
  }
  const file = parseYaml(path, text);
  const checked = checkYaml(file, MeterProfile);
  if (!('value' in checked)) return { profile: null, problems: checked.problems };
  const profile: MeterProfile = checked.value;
  const problems = checkModbusProfile(profile).map((fault) => problemAt(file, fault.path, fault.message));
  if (meterModel(profile.id)) {
    problems.push(problemAt(file, ['id'], `${profile.id} is a model of the catalogue; choose another id`));
  }
  return problems.length > 0 ? { profile: null, problems } : { file, profile, problems: [] };
}
