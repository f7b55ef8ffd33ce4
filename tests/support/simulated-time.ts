import { at } from './plan.ts';

/** Environment that puts every process into a fixed local time of the simulated site, running on from there. */
export function simulatedNow(date: string, time: string): Record<string, string> {
  return { METERWAY_SIMULATION: 'true', METERWAY_CLOCK_OFFSET_MS: String(at(date, time) - Date.now()) };
}
