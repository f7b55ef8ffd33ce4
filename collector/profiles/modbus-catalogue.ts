import type { ModbusProfile } from './modbus-profile.ts';
import { sdm120, sdm630 } from './modbus-sdm.ts';

export const MODBUS_PROFILES: readonly ModbusProfile[] = [sdm120, sdm630];

const BY_ID = new Map(MODBUS_PROFILES.map((profile) => [profile.id, profile]));

/** Profile of a meter model, or undefined when the model is no Modbus meter. */
export function modbusProfile(model: string): ModbusProfile | undefined {
  return BY_ID.get(model);
}
