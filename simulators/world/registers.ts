/** Energy registers as the meter gives them: DL/T meters in steps of 10 Wh, Modbus ones as their model does. */
export interface Energies {
  readonly importWh: number;
  /** Rates 1 尖, 2 峰, 3 平, 4 谷; null for a meter without rates. */
  readonly t1Wh: number | null;
  readonly t2Wh: number | null;
  readonly t3Wh: number | null;
  readonly t4Wh: number | null;
  readonly exportWh: number;
  /** By rate; null for a meter without rates. */
  readonly exportRatesWh: readonly number[] | null;
  /** Combined reactive 1 and its rates (null for a meter without rates); quadrants other than the first stay at 0. */
  readonly reactiveImportVarh: number;
  readonly reactiveRatesVarh: readonly number[] | null;
  readonly reactiveExportVarh: number;
}

/** Phases a meter does not have are null. */
export interface PerPhase {
  readonly total: number;
  readonly a: number;
  readonly b: number | null;
  readonly c: number | null;
}

export interface Instantaneous {
  readonly voltagesV: readonly [a: number, b: number | null, c: number | null];
  readonly currentsA: readonly [a: number, b: number | null, c: number | null];
  readonly currentNeutralA: number | null;
  readonly powersW: PerPhase;
  readonly reactivePowersVar: PerPhase;
  readonly apparentPowersVa: PerPhase;
  readonly powerFactors: PerPhase;
  readonly frequencyHz: number;
}

/** Everything a correct collector can learn from one meter at one second. */
export interface Registers extends Energies, Instantaneous {
  readonly relayOpen: boolean;
  readonly onBattery: boolean;
  /** Meter clock minus true time. */
  readonly clockOffsetS: number;
  /** Inside the meter. */
  readonly temperatureC: number;
}

/** Counted energies before the protocol rounds them: integer mWh (mvarh), already rolled over. */
export interface CountedEnergies {
  readonly importMwh: number;
  readonly ratesMwh: readonly number[];
  readonly exportMwh: number;
  readonly exportRatesMwh: readonly number[];
  readonly reactiveMvarh: number;
  readonly reactiveRatesMvarh: readonly number[];
}
