import { afterEach, describe, expect, it } from 'vitest';
import { Child, type ChildOptions } from '../../../gateway/standalone/child.ts';
import { eventually } from '../../support/centre.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** Says in its own words what it does, and tells a ready message. */
const STEADY = "process.send({ ready: { port: 7 } }); console.log('up'); setInterval(() => {}, 1000);";
const DEAF = `process.on('SIGTERM', () => console.log('no')); ${STEADY}`;

/** A child and everything that it told its supervisor. */
class Supervised {
  readonly clock = new ManualClock(0);
  readonly lines: string[] = [];
  readonly notes: string[] = [];
  readonly ready: unknown[] = [];
  readonly hopeless: string[] = [];
  readonly pids: (number | null)[] = [];
  readonly child: Child;

  constructor(script: string, over: Partial<ChildOptions> = {}) {
    this.child = new Child({
      name: 'tiny',
      args: ['--eval', script],
      env: () => ({ PATH: process.env['PATH'] }),
      onLine: (name, line) => void this.lines.push(`${name}: ${line}`),
      onNote: (level, message) => void this.notes.push(`${level} ${message}`),
      onReady: (info) => void this.ready.push(info),
      onChange: () => void this.pids.push(this.child.pid),
      onHopeless: (name) => void this.hopeless.push(name),
      clock: this.clock,
      ...over,
    });
  }

  get starts(): number {
    return this.pids.filter((pid) => pid !== null).length;
  }

  async running(): Promise<this> {
    this.child.start();
    await eventually(() => this.lines.length > 0);
    return this;
  }

  waitingToRestart(): Promise<void> {
    return eventually(() => this.clock.waiting.includes('restart tiny'));
  }
}

const all: Supervised[] = [];
afterEach(async () => {
  for (const { child, clock } of all.splice(0)) {
    const stopped = child.stop(1);
    await clock.advance(1);
    await stopped;
  }
});

function supervised(script: string, over: Partial<ChildOptions> = {}): Supervised {
  const one = new Supervised(script, over);
  all.push(one);
  return one;
}

describe('a child', () => {
  it('has its lines of both outputs passed on, its ready message told, and its process id known', async () => {
    const script = "console.error('warned'); process.send({ other: 1 }); process.send(null); process.send('x');";
    const { child, ...told } = await supervised(`${script} ${STEADY}`).running();
    await eventually(() => told.ready.length === 1 && told.lines.length === 2);
    expect([...told.lines].sort()).toEqual(['tiny: up', 'tiny: warned']);
    expect(told.ready).toEqual([{ port: 7 }]);
    expect(told.pids).toEqual([child.pid]);
    expect(told.notes).toEqual([]);
  });

  it('lives in a process group of its own, which Ctrl-C in the terminal does not reach', async () => {
    const { child } = await supervised(STEADY).running();
    expect(process.kill(-(child.pid ?? 0), 0)).toBe(true);
  });

  it('that ends is started again after 1, 2, 4, 8, 16 and then 30 seconds, each time with a new environment', async () => {
    let starts = 0;
    const env = (): Record<string, string> => ({ START: String(++starts) });
    const one = supervised('console.log(process.env.START); process.exit(3)', { env });
    one.child.start();
    for (const waitS of [1, 2, 4, 8, 16, 30, 30]) {
      await one.waitingToRestart();
      expect(one.child.pid).toBeNull();
      const before = one.starts;
      await one.clock.advance(waitS * 1000 - 1);
      expect(one.starts).toBe(before);
      await one.clock.advance(1);
      expect(one.starts).toBe(before + 1);
    }
    await one.waitingToRestart();
    await eventually(() => one.lines.length === 8);
    expect([...one.lines].sort()).toEqual(Array.from({ length: 8 }, (_, i) => `tiny: ${i + 1}`));
    expect(one.notes[0]).toBe('error tiny ended with code 3; it is started again in 1 s');
    expect(one.notes[6]).toBe('error tiny ended with code 3; it is started again in 30 s');
  });

  it('that lived for more than ten seconds is no longer in a crash loop', async () => {
    const one = await supervised(STEADY).running();
    for (const [livedMs, waitS] of [
      [0, 1],
      [10_000, 2],
      [10_001, 1],
      [0, 2],
    ] as const) {
      await one.clock.advance(livedMs);
      process.kill(one.child.pid ?? 0, 'SIGKILL');
      await one.waitingToRestart();
      expect(one.notes.at(-1)).toBe(`error tiny was ended by SIGKILL; it is started again in ${waitS} s`);
      await one.clock.advance(waitS * 1000);
    }
  });

  it('that ends with code 2 is hopeless: it would end the same way again', async () => {
    const one = supervised('process.exit(2)');
    one.child.start();
    await eventually(() => one.hopeless.length > 0);
    expect(one.hopeless).toEqual(['tiny']);
    expect(one.clock.waiting).toEqual([]);
    expect(one.child.pid).toBeNull();
  });

  it('that has been ready is not given up for its code 2: it is started again like any that ended', async () => {
    const script = "process.send({ ready: {} }, () => process.exit(process.env.START === '1' ? 0 : 2));";
    let starts = 0;
    const one = supervised(script, { env: () => ({ START: String(++starts) }) });
    one.child.start();
    for (const waitS of [1, 2, 4]) {
      await one.waitingToRestart();
      await one.clock.advance(waitS * 1000);
    }
    await one.waitingToRestart();
    expect(one.hopeless).toEqual([]);
    expect(one.notes[1]).toBe(
      'error tiny ended with code 2, as one that no restart can mend, but it has run before; it is started again in 2 s',
    );
  });

  it('that cannot be started is tried again, as the machine may have run out of processes for a moment', async () => {
    const node = process.execPath;
    const one = supervised(STEADY);
    try {
      process.execPath = '/nowhere/node';
      one.child.start();
      await one.waitingToRestart();
    } finally {
      process.execPath = node;
    }
    expect(one.notes).toEqual([expect.stringMatching(/^error tiny cannot be started: .*ENOENT; .*again in 1 s$/)]);
    expect(one.child.pid).toBeNull();
    await one.clock.advance(1000);
    await eventually(() => one.ready.length === 1);
  });
});

describe('stopping a child', () => {
  it('ends it as asked, resolves when it is gone, and starts it no more', async () => {
    const one = await supervised(STEADY).running();
    const pid = one.child.pid ?? 0;
    await one.child.stop(1800);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(one.child.pid).toBeNull();
    expect(one.clock.waiting).toEqual([]);
    expect(one.notes).toEqual([]);
  });

  it('kills it when it does not end before the deadline, and says so', async () => {
    const one = await supervised(DEAF).running();
    let gone = false;
    const stopping = one.child.stop(1800).then(() => {
      gone = true;
    });
    await eventually(() => one.lines.includes('tiny: no'));
    await one.clock.advance(1799);
    expect([gone, one.notes]).toEqual([false, []]);
    await one.clock.advance(1);
    await stopping;
    expect(one.notes).toEqual(['warn tiny did not stop in 1800 ms and is killed']);
    expect(one.clock.waiting).toEqual([]);
  });

  it('that waits to be started again leaves it dead', async () => {
    const one = supervised('process.exit(1)');
    one.child.start();
    await one.waitingToRestart();
    await one.child.stop(1800);
    await one.clock.advance(60_000);
    expect(one.starts).toBe(1);
    expect(one.clock.waiting).toEqual([]);
  });

  it('that says at the last moment that it is hopeless is not told on', async () => {
    const one = await supervised(`process.on('SIGTERM', () => process.exit(2)); ${STEADY}`).running();
    await one.child.stop(1800);
    expect(one.hopeless).toEqual([]);
  });

  it('that never ran is done at once', async () => {
    await supervised(STEADY).child.stop(1800);
  });
});
