import { SupplyQuery } from '../queries/supply.ts';
import { arrearsOrderRoutes } from './arrears-orders.ts';
import { plannedOutageRoutes } from './planned-outages.ts';
import { probeRoutes } from './probes.ts';
import type { App, Kit } from './route-kit.ts';
import { supplyStatusRoutes } from './supply-status.ts';

/** What the hotline asks, and what other systems tell it. */
export function hotlineRoutes(app: App, kit: Kit): void {
  const supply = new SupplyQuery(kit.readings, kit.state, kit.clock, kit.outageSettings);
  supplyStatusRoutes(app, kit, supply, probeRoutes(app, kit, supply));
  plannedOutageRoutes(app, kit);
  arrearsOrderRoutes(app, kit);
}
