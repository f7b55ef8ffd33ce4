import type { MeterProfile } from '#contract/profile.ts';
import { adl400, ddsy1352, dtsd1352 } from './modbus-acrel.ts';
import { ddsu666, dtsu666 } from './modbus-chint.ts';
import { em24, em24e1 } from './modbus-em24.ts';
import { iem3155 } from './modbus-iem3155.ts';
import { type ModbusProfile, profileOfSite } from './modbus-profile.ts';
import { sdm120, sdm630 } from './modbus-sdm.ts';
import { sunspec1ph, sunspec3ph, sunspecSplit } from './modbus-sunspec.ts';

export const MODBUS_PROFILES: readonly ModbusProfile[] = [
  sdm120,
  sdm630,
  ddsu666,
  dtsu666,
  ddsy1352,
  adl400,
  dtsd1352,
  iem3155,
  em24,
  em24e1,
  sunspec1ph,
  sunspecSplit,
  sunspec3ph,
];

const BY_ID = new Map(MODBUS_PROFILES.map((profile) => [profile.id, profile]));

/** Profile of a meter model, or undefined when the model is no Modbus meter. */
export function modbusProfile(model: string): ModbusProfile | undefined {
  return BY_ID.get(model);
}

/** Looks profiles up by model: the catalogue's own, then those that a plan brings. */
export function modbusProfilesWith(profiles: readonly MeterProfile[] = []): typeof modbusProfile {
  if (profiles.length === 0) return modbusProfile;
  const own = new Map(profiles.map((profile) => [profile.id, profileOfSite(profile)]));
  return (model) => modbusProfile(model) ?? own.get(model);
}
