import { describe, expect, it } from 'vitest';
import { displayWidth, Progress, table } from '#platform/cli/terminal.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

function progressOn(isLive: boolean) {
  const clock = new ManualClock(0);
  const written: string[] = [];
  const terminal = {
    out: () => {},
    note: (text: string) => void written.push(text),
    redraw: (text: string) => void written.push(`~${text}`),
    isLive,
    columns: 60,
  };
  return { clock, written, progress: new Progress(terminal, clock) };
}

describe('a table', () => {
  it('lines up columns with Chinese characters, which are two columns wide', () => {
    const rows = table(
      [
        ['总电能', '12.5', 'kWh'],
        ['V', '230', ''],
      ],
      [1],
    ).split('\n');
    expect(rows).toEqual(['总电能  12.5  kWh', 'V        230']);
    expect(displayWidth('总电能')).toBe(6);
  });
});

describe('progress', () => {
  it('is a bar where a person watches, and is taken away before other lines', async () => {
    const { clock, written, progress } = progressOn(true);
    await clock.advance(100);
    progress.step(5, 10, 'unit 5');
    progress.clear();
    progress.clear();
    expect(written).toEqual([`~[${'#'.repeat(12)}${'.'.repeat(12)}] 5/10 unit 5`, '~']);
  });

  it('is a plain line every few seconds elsewhere, never a control character', async () => {
    const { clock, written, progress } = progressOn(false);
    for (let i = 1; i <= 12; i++) {
      await clock.advance(1000);
      progress.step(i, 12, 'unit');
    }
    progress.clear();
    expect(written).toEqual(['5 of 12: unit', '10 of 12: unit']);
  });
});
