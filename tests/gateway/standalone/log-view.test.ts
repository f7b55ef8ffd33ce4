import { describe, expect, it } from 'vitest';
import { MeterwayError } from '#platform/errors.ts';
import { createLogger, type Logger } from '#platform/logger.ts';
import { logView } from '../../../gateway/standalone/log-view.ts';

const TIME = Date.UTC(2026, 10, 20, 2, 15, 7, 42);

function view(entry: object | string, options: { colour?: boolean; timeZone?: string } = {}): string {
  const show = logView({ timeZone: () => options.timeZone ?? 'Asia/Shanghai', colour: options.colour ?? false });
  return show('gateway', typeof entry === 'string' ? entry : JSON.stringify(entry));
}

/** The line that our logger writes, as a person then sees it. */
function logged(write: (logger: Logger) => void): string {
  const lines: string[] = [];
  write(createLogger({ process: 'gateway', level: 'info' }, { write: (line) => void lines.push(line) }));
  return view((lines[0] ?? '').trimEnd()).slice(24);
}

describe('a line of a child’s log', () => {
  it('shows the time of day at the site, process, level, message and fields', () => {
    const line = view({ level: 'info', time: TIME, process: 'gateway', msg: 'the plan is published', meters: 3 });
    expect(line).toBe('10:15:07.042 gateway    INFO  the plan is published meters=3\n');
    expect(view({ level: 'info', time: TIME, msg: 'x' }, { timeZone: 'UTC' })).toBe(
      '02:15:07.042 gateway    INFO  x\n',
    );
  });

  it('quotes what would not be read as one word, and cuts what is too long', () => {
    const fields = { host: 'box-1', name: '一台区 a', empty: '', list: [1, 2], none: null, long: 'x'.repeat(500) };
    expect(view({ level: 'info', time: TIME, msg: 'm', ...fields }).slice(30)).toBe(
      `m host=box-1 name="一台区 a" empty="" list=[1,2] none=null long=${'x'.repeat(160)}…\n`,
    );
  });

  it('is coloured for warnings and errors only, and only on a terminal', () => {
    const levels = ['info', 'warn', 'error', 'fatal'];
    const codes = levels.map((level) =>
      view({ level, time: TIME, msg: 'm' }, { colour: true }).split('\u001b[')[1]?.slice(0, 2),
    );
    expect(codes).toEqual([undefined, '33', '31', '31']);
    expect(view({ level: 'error', time: TIME, msg: 'm' })).not.toContain('\u001b');
  });

  it('tells of an error what it says, its code and its cause; of a bug also where it is', () => {
    const cause = new Error('disk full');
    const foreseen = new MeterwayError('cannot write', { code: 'store_full', cause });
    expect(logged((logger) => logger.error({ err: foreseen }, 'failed'))).toBe(
      'ERROR failed: cannot write (disk full) [store_full]\n',
    );
    const bug = logged((logger) => logger.error({ err: new TypeError('x is undefined') }, 'failed'));
    expect(bug).toMatch(/^ERROR failed: x is undefined\nTypeError: x is undefined\n {4}at /);
  });

  it('that is not ours is passed on with the name of its process', () => {
    for (const line of ['Segmentation fault', '{"half": ', '']) {
      expect(view(line)).toBe(`${'gateway'.padEnd(24)} ${line}\n`);
    }
  });

  it.each([
    [{ level: 'info', msg: 'no time' }, '--:--:--.--- gateway    INFO  no time\n'],
    [{ level: 'info', time: 1e300, msg: 'no such time' }, '--:--:--.--- gateway    INFO  no such time\n'],
    [{ time: TIME }, '10:15:07.042 gateway    INFO  \n'],
    [{ level: 'warn', time: TIME, msg: 'm', err: 'text' }, '10:15:07.042 gateway    WARN  m\n'],
  ])('without all that ours have is shown as far as it goes: %j', (entry, shown) => {
    expect(view(entry)).toBe(shown);
  });

  it('cannot give orders to the terminal: what strangers named themselves is quoted', () => {
    const line = view({ level: 'warn', time: TIME, msg: 'refused', client: '\u001b[2J\u009b31m\u0007', user: 'a\nb' });
    expect([...line.trimEnd()].filter((character) => /\p{Cc}/u.test(character))).toEqual([]);
    expect(line).toContain('\\u001b[2J');
  });
});
