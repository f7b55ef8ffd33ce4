import type { SiteFile } from './site-schema.ts';
import type { Report } from './task-rules.ts';

/** A box (表箱) lies on one branch (分支) of its area. A meter that names its box alone contradicts nobody. */
export function checkBoxes(site: SiteFile, report: Report): void {
  const first = new Map<string, { readonly meter: string; readonly branch: string }>();
  for (const [i, { id, area, branch, box }] of site.meters.entries()) {
    if (branch === undefined || box === undefined) continue;
    const key = `${area} ${box}`;
    const other = first.get(key);
    if (other === undefined) first.set(key, { meter: id, branch });
    else if (other.branch !== branch) {
      const path = ['meters', i, 'branch'];
      const there = `that of meter ${other.meter} on ${other.branch}`;
      report(path, `box ${box} of area ${area} lies on one branch: that of meter ${id} is on ${branch}, ${there}`);
    }
  }
}
