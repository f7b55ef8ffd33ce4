import type { MeterProfile, ModbusMap, ModbusQuirks } from '#contract/profile.ts';

/** How a Modbus meter model is read, as data. */
export interface ModbusProfile extends Omit<ModbusMap, 'quirks'> {
  /** Id of the model in the contract. */
  readonly id: string;
  readonly phases: 1 | 3;
  readonly quirks: ModbusQuirks;
  /**
   * A meter that says itself where its registers are: SunSpec models that will do. The map of the profile is then that
   * of the first of them where it usually lies.
   */
  readonly sunspec?: readonly number[];
}

/** The profile that a site brings itself. */
export function profileOfSite({ id, phases, modbus }: MeterProfile): ModbusProfile {
  return { quirks: {}, ...modbus, id, phases };
}
