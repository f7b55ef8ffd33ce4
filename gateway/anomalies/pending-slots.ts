import { RowSet } from '../figures/row-set.ts';

/** Meter rows of a slot, or all there are. */
export type PendingRows = RowSet | 'all';

export interface PendingSlot {
  readonly task: string;
  readonly slot: number;
  readonly rows: PendingRows;
}

/** Points of curves that have come and are not judged yet: a bit a meter and slot. */
export class PendingSlots {
  readonly #tasks = new Map<string, Map<number, PendingRows>>();

  get size(): number {
    let slots = 0;
    for (const ofTask of this.#tasks.values()) slots += ofTask.size;
    return slots;
  }

  add(task: string, slot: number, row: number): void {
    const ofTask = this.#ofTask(task);
    let rows = ofTask.get(slot);
    if (rows === undefined) {
      rows = new RowSet(row + 1);
      ofTask.set(slot, rows);
    }
    if (rows !== 'all') rows.add(row);
  }

  addAll(task: string, slot: number): void {
    this.#ofTask(task).set(slot, 'all');
  }

  /** The oldest slot, or null; it stays until it is deleted. */
  oldest(): PendingSlot | null {
    let oldest: PendingSlot | null = null;
    for (const [task, ofTask] of this.#tasks) {
      for (const [slot, rows] of ofTask) if (oldest === null || slot < oldest.slot) oldest = { task, slot, rows };
    }
    return oldest;
  }

  delete(task: string, slot: number): void {
    this.#tasks.get(task)?.delete(slot);
  }

  clear(): void {
    this.#tasks.clear();
  }

  #ofTask(task: string): Map<number, PendingRows> {
    const known = this.#tasks.get(task);
    if (known) return known;
    const made = new Map<number, PendingRows>();
    this.#tasks.set(task, made);
    return made;
  }
}
