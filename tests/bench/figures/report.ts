import { messageOf } from '#platform/errors.ts';
import { claim } from '../kit/claim.ts';
import { plain, printTable } from '../kit/figures.ts';
import { NotWithin } from './child.ts';

/** A line of the table. */
export interface Line {
  readonly what: string;
  readonly measured: string;
  readonly aim?: string;
  readonly met?: boolean;
  /** Against what it is held, and how many times that it is. */
  readonly baseline?: string;
  readonly ratio?: number;
}

/** What was measured, in the order in which it was; what could not be measured in its time, too. */
export class Report {
  readonly #lines: Line[] = [];
  readonly #begun = performance.now();
  isBroken = false;

  add(line: Line): void {
    this.#lines.push(line);
    const { what, measured, aim = '', baseline = '', met = null } = line;
    if (aim !== '') claim({ what, aim, measured, baseline, met });
    this.note(`${what}: ${measured}`);
  }

  /** Does a part of the benchmark. One that fails leaves the others to be done. */
  async part(what: string, work: () => Promise<void>): Promise<void> {
    this.note(what);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof NotWithin)) this.isBroken = true;
      this.add({ what, measured: messageOf(error) });
    }
  }

  /** Progress, one line each: this takes minutes. */
  note(what: string): void {
    process.stderr.write(`${plain((performance.now() - this.#begun) / 1000).padStart(5)} s  ${what}\n`);
  }

  print(): void {
    const cells = this.#lines.map(({ what, measured, aim = '', met, baseline = '', ratio }) => [
      ...[what, measured, aim, met === undefined ? '' : met ? 'met' : 'missed'],
      ...[ratio === undefined ? '' : `${plain(ratio, ratio < 10 ? 1 : 0)} ×`, baseline],
    ]);
    printTable(['', 'measured', 'aim', '', 'ratio', 'baseline'], cells);
  }
}
