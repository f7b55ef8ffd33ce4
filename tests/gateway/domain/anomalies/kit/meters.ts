import { meterModel } from '#contract/models.ts';
import type { JudgedMeter } from '#domain/anomalies/judged-meter.ts';

export const QUARTER = 900_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;
/** Local midnight in China. */
export const T0 = Date.UTC(2026, 10, 19, 16);
export const ZONE = 8 * HOUR;
export const NOW = T0 + 400 * DAY;

function model(id: string): JudgedMeter['model'] {
  const found = meterModel(id);
  if (!found) throw new Error(`no model ${id}`);
  return found;
}

/** A three-phase 10(60) A meter of an active resident. */
export function threePhase(changes: Partial<JudgedMeter> = {}): JudgedMeter {
  return {
    id: 'm1',
    model: model('dlt645-3ph'),
    baseCurrentA: 10,
    ratio: 1,
    role: 'customer',
    category: 'resident',
    status: 'active',
    isLarge: false,
    contractKw: null,
    transformerKva: null,
    spans: [{ from: T0 - 365 * DAY, to: Number.POSITIVE_INFINITY }],
    ...changes,
  };
}

export function singlePhase(changes: Partial<JudgedMeter> = {}): JudgedMeter {
  return threePhase({ model: model('dlt645-1ph'), ...changes });
}

/** The supply meter of an area of 200 kVA, on transformers of 60. */
export function supplyMeter(changes: Partial<JudgedMeter> = {}): JudgedMeter {
  return threePhase({ role: 'supply', category: null, status: null, ratio: 60, transformerKva: 200, ...changes });
}
