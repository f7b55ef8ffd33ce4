import type { Static } from 'typebox';
import type { Outage, OutageHead, OutageNote } from '#contract/outage.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { OutageStore } from '#stores/outage-store.ts';
import { ApiProblem } from '../errors.ts';
import type { NoteShape, OutageShape } from '../schemas/outages.ts';
import { shown } from './collection.ts';
import { nodeName } from './supply-shapes.ts';

type Shape = Static<typeof OutageShape>;

/** Members that are looked at before other requests have their turn. */
const AT_ONCE = 2000;
/** Counts that are remembered: many more than one board shows. */
const MOST_KEPT = 5000;

/** Incidents as they are answered: with what dispatch wrote last, and how many of the customers come first. */
export class OutageQuery {
  readonly #outages: OutageStore;
  /** By outage; good for one revision of it. */
  readonly #counts = new Map<string, { readonly revision: number; readonly count: number }>();

  constructor(outages: OutageStore) {
    this.#outages = outages;
  }

  async shapes(index: RegistryIndex, heads: readonly OutageHead[]): Promise<Shape[]> {
    const notes = await this.#outages.newestNotes(heads.map(({ id }) => id));
    const byKey = new Map(notes.map((note) => [`${note.outage} ${note.kind}`, note]));
    const shapes: Shape[] = [];
    for (const head of heads) {
      const expected = byKey.get(`${head.id} expected`);
      const cause = byKey.get(`${head.id} cause`);
      const priorityCustomers = await this.#priority(index, head);
      shapes.push(outageShape(index, head, { expected, cause, priorityCustomers }));
    }
    return shapes;
  }

  /** Customers of an outage that are vulnerable, critical or large; worked out once for each revision. */
  async #priority(index: RegistryIndex, { id, revision, startedAt, customers }: OutageHead): Promise<number> {
    const known = this.#counts.get(id);
    if (customers === 0) return 0;
    if (known?.revision === revision) return known.count;
    let count = 0;
    let after = '';
    for (;;) {
      const page = await this.#outages.members(id, AT_ONCE, after);
      count += page.filter(({ meter }) => priorityOf(index, meter, startedAt) !== 'normal').length;
      after = page.at(-1)?.meter ?? '';
      if (page.length < AT_ONCE) break;
    }
    this.#counts.delete(id);
    this.#counts.set(id, { revision, count });
    for (const old of this.#counts.keys()) {
      if (this.#counts.size <= MOST_KEPT) break;
      this.#counts.delete(old);
    }
    return count;
  }
}

/** Throws the problem `unknown_outage`. */
export async function outageHead(outages: Pick<OutageStore, 'head'>, id: string): Promise<OutageHead> {
  const head = await outages.head(id);
  if (!head) throw new ApiProblem('unknown_outage', `no outage has the id ${id}`);
  return head;
}

/** The same with members and evidence. */
export async function outageById(outages: Pick<OutageStore, 'get'>, id: string): Promise<Outage> {
  const outage = await outages.get(id);
  if (!outage) throw new ApiProblem('unknown_outage', `no outage has the id ${id}`);
  return outage;
}

/** Priority of the account that a meter serves at an instant; `normal` where it serves none. */
export function priorityOf(index: RegistryIndex, meter: string, at: number): string {
  return index.accountAt(meter, at)?.priority ?? 'normal';
}

interface Added {
  readonly expected: OutageNote | undefined;
  readonly cause: OutageNote | undefined;
  readonly priorityCustomers: number;
}

function outageShape(index: RegistryIndex, head: OutageHead, { expected, cause, priorityCustomers }: Added): Shape {
  const zone = index.registry.timeZone;
  return {
    id: head.id,
    kind: head.kind,
    state: head.state,
    node: head.node,
    nodeId: head.nodeId,
    nodeName: nodeName(index, head),
    district: head.district,
    feeder: head.feeder,
    area: head.area,
    areas: [...head.areas],
    phase: head.phase,
    startedAt: shown(zone, head.startedAt) ?? '',
    restoredAt: shown(zone, head.restoredAt),
    firstEvidenceAt: shown(zone, head.firstEvidenceAt) ?? '',
    detectedAt: shown(zone, head.detectedAt) ?? '',
    confirmedAt: shown(zone, head.confirmedAt),
    confidence: head.confidence,
    customers: head.customers,
    dark: head.dark,
    priorityCustomers,
    cause: cause?.text ?? null,
    expectedAt: shown(zone, expected?.expectedAt ?? null),
    expectedUpdatedAt: shown(zone, expected?.at ?? null),
    parent: head.parent,
    planned: head.planned,
    overrun: head.overrun,
    revision: head.revision,
  };
}

export function noteShape({ id, at, by, kind, text, expectedAt }: OutageNote, zone: string): Static<typeof NoteShape> {
  return { id, at: shown(zone, at) ?? '', by, kind, text, expectedAt: shown(zone, expectedAt) };
}

/** Columns of the list as a file, by the names of its properties. */
export const OUTAGE_COLUMNS = [
  ['outage', 'id'],
  ['kind', 'kind'],
  ['state', 'state'],
  ['node', 'node'],
  ['node_id', 'nodeId'],
  ['name', 'nodeName'],
  ['district', 'district'],
  ['feeder', 'feeder'],
  ['area', 'area'],
  ['phase', 'phase'],
  ['started_at', 'startedAt'],
  ['restored_at', 'restoredAt'],
  ['first_evidence_at', 'firstEvidenceAt'],
  ['detected_at', 'detectedAt'],
  ['confirmed_at', 'confirmedAt'],
  ['confidence', 'confidence'],
  ['customers', 'customers'],
  ['dark', 'dark'],
  ['priority_customers', 'priorityCustomers'],
  ['cause', 'cause'],
  ['expected_at', 'expectedAt'],
  ['parent', 'parent'],
  ['planned', 'planned'],
  ['revision', 'revision'],
] as const satisfies readonly (readonly [string, keyof Shape])[];
