import { QUARTERS } from '../clock/local-time.ts';
import { hash32, unit } from './hash.ts';

/** Sun above the horizon at 30° north on the 21st of each month, quarter by quarter: 1 = panel at its peak power. */
const CLEAR_SKY = new Map<number, Float64Array>();

function clearSky(dayOfYear: number): Float64Array {
  const month = Math.floor((dayOfYear - 1) / 30.5);
  let found = CLEAR_SKY.get(month);
  if (!found) {
    const declination = (23.45 * Math.PI * Math.sin((2 * Math.PI * (284 + month * 30.5 + 21)) / 365)) / 180;
    const latitude = (30 * Math.PI) / 180;
    found = Float64Array.from({ length: QUARTERS }, (_, quarter) => {
      const hourAngle = (((quarter + 0.5) / 4 - 12.2) * 15 * Math.PI) / 180;
      const height =
        Math.sin(latitude) * Math.sin(declination) + Math.cos(latitude) * Math.cos(declination) * Math.cos(hourAngle);
      return height > 0.03 ? 0.92 * height : 0;
    });
    CLEAR_SKY.set(month, found);
  }
  return found;
}

/** Energy from the roof in each quarter hour of a day, mWh. Clouds are the day's own and shared by nobody. */
export function solarMwh(seed: number, peakW: number, day: number, dayOfYear: number): Float64Array {
  const daySeed = hash32(seed, day, 77);
  const clearness = 0.25 + 0.75 * Math.sqrt(unit(daySeed, 1));
  const sky = clearSky(dayOfYear);
  const energies = new Float64Array(QUARTERS);
  for (let quarter = 0; quarter < QUARTERS; quarter++) {
    const sun = sky[quarter] ?? 0;
    if (sun > 0) {
      energies[quarter] = Math.floor(peakW * 250 * sun * clearness * (0.8 + 0.2 * unit(daySeed, 2, quarter)));
    }
  }
  return energies;
}
