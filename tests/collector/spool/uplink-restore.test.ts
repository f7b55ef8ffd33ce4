import { describe, expect, it } from 'vitest';
import type { Ack } from '#contract/ack.ts';
import { settle } from '../../support/manual-clock.ts';
import { randomFrom, testSeed } from '../../support/random.ts';
import { AT, Chain, DAY_MS, RESEND_MS } from './chain.ts';

describe('a centre that was restored from a backup', () => {
  it('gets what it lacks with the next results, without anybody doing anything', async () => {
    const chain = await new Chain().start();
    await chain.append(1500);
    await chain.delivered();
    const backup = chain.centre.backup();
    await chain.append(2500);
    await chain.delivered();
    chain.centre.restore(backup);
    await chain.reconnect();
    await settle();
    await chain.append(10);
    await chain.until(() => chain.centre.meters.size === 4010, 'the centre has all');
    await chain.delivered();
    expect(chain.centre.lost).toBe(0);
    expect(chain.centre.received).toBe(4010 + 2500);
    expect(chain.logger.lines.filter(({ message }) => message.includes('restored'))).toHaveLength(1);
    expect(await chain.spool.size()).toMatchObject({ rows: 0, kept: 4010 });
    await chain.kill();
  });

  it('gets what it lacks from a collector that has nothing new to say', async () => {
    const chain = await new Chain().start();
    await chain.append(1500);
    await chain.delivered();
    const backup = chain.centre.backup();
    await chain.append(2500);
    await chain.delivered();
    chain.centre.restore(backup);
    await chain.hearAcks();
    await chain.until(() => chain.centre.meters.size === 4000, 'the centre has all');
    await chain.delivered();
    expect(chain.centre.lost).toBe(0);
    await chain.hearAcks();
    await chain.clock.advance(RESEND_MS * 3);
    await chain.hearAcks();
    expect(chain.centre.received).toBe(4000 + 2500);
    expect(chain.spool.lastSeq).toBe(4001);
    await chain.kill();
  });

  it('gets it too when the collector was started again meanwhile, and from before the epoch', async () => {
    const chain = await new Chain().start();
    await chain.append(700);
    await chain.delivered();
    const backup = chain.centre.backup();
    await chain.append(300);
    await chain.delivered();
    await chain.uplink.replay('r1', AT + DAY_MS);
    await chain.append(600);
    await chain.delivered();
    await chain.kill();
    chain.centre.restore(backup);
    for (const _ of chain.centre.acks());
    await chain.start();
    await chain.until(() => chain.centre.meters.size === 1600, 'the centre has all');
    await chain.delivered();
    expect(chain.centre.lost).toBe(0);
    await chain.kill();
  });

  it('to a time before the epoch gets everything that is kept, in a new one', async () => {
    const chain = await new Chain().start();
    await chain.append(700);
    await chain.delivered();
    const backup = chain.centre.backup();
    await chain.append(800);
    await chain.delivered();
    await chain.uplink.replay('r1', AT + DAY_MS);
    await chain.append(600);
    await chain.delivered();
    chain.centre.restore(backup);
    await chain.append(1);
    await chain.until(() => chain.centre.meters.size === 2101, 'the centre has all');
    await chain.delivered();
    expect(chain.centre.lost).toBe(0);
    await chain.kill();
  });

  it('counts as lost what the collector keeps no longer, and only that', async () => {
    const chain = await new Chain().start();
    await chain.append(100);
    await chain.delivered();
    const backup = chain.centre.backup();
    await chain.append(200);
    await chain.delivered();
    await chain.clock.advance(8 * DAY_MS);
    await chain.append(300);
    await chain.delivered();
    await chain.spool.upkeep();
    chain.centre.restore(backup);
    await chain.append(1);
    await chain.until(() => chain.centre.meters.size === 401, 'the centre has what there is');
    await chain.delivered();
    expect(chain.centre.lost).toBe(200);
    await chain.kill();
  });
});

describe('acks out of order', () => {
  it('make nothing come twice', async () => {
    const chain = await new Chain().start();
    const { epoch } = chain.spool;
    await chain.append(3000);
    await chain.delivered();
    for (const upTo of [2500, 0, 1000, 3000]) {
      const late: Ack = { v: 1, epoch, upTo, seen: upTo + 500, gaps: [[upTo + 1, upTo + 100]] };
      const { upTo: to, seen, gaps } = late;
      if (seen <= 3000) await chain.uplink.acknowledge(late, false);
      await chain.uplink.acknowledge({ v: 1, epoch, upTo: to, seen: to, gaps: to < 3000 ? [] : gaps.slice(1) }, true);
    }
    await chain.append(1);
    await chain.delivered();
    expect(chain.centre.received).toBe(3001);
    await chain.kill();
  });
});

describe('a replay that the centre asks for', () => {
  it('sends again once what is held, and what is new beside it', async () => {
    const chain = await new Chain().start();
    await chain.append(1000);
    await chain.delivered();
    await chain.clock.advance(DAY_MS);
    await chain.append(1000);
    await chain.delivered();
    const since = chain.clock.now() - DAY_MS / 2;
    await chain.uplink.replay('r1', since);
    await chain.append(5);
    await chain.delivered();
    expect(chain.centre.received).toBe(3005);
    await chain.kill();
    await chain.start();
    await chain.uplink.replay('r1', since);
    await chain.append(1);
    await chain.delivered();
    expect(chain.centre.received).toBe(3006);
    expect(chain.centre.lost).toBe(0);
    await chain.kill();
  });
});

describe('whatever happens to messages, processes and the centre', () => {
  it('the centre ends with every result, and with nothing that was not read', async () => {
    const seed = testSeed();
    const random = randomFrom(seed);
    for (let round = 0; round < 4; round++) {
      const chain = await new Chain().start();
      const { centre } = chain;
      let backup = centre.backup();
      const acts: (() => Promise<void>)[] = [
        () => chain.append(1 + Math.floor(random() * 1200)),
        () => chain.append(1 + Math.floor(random() * 20)),
        () => chain.clock.advance(Math.floor(RESEND_MS * random() * 3)),
        () => chain.reconnect(),
        async () => {
          await chain.kill();
          await chain.start();
        },
        async () => {
          backup = centre.backup();
        },
        async () => centre.restore(backup),
        async () => {
          centre.restore(backup);
          await chain.hearAcks();
        },
        () => chain.hearAcks(),
        () => chain.uplink.replay(`r${Math.floor(random() * 1000)}`, 0),
        // A shorter one leaves behind what the centre must have: it has told so in the epoch before and in the new one.
        async () => {
          chain.luck = () => true;
          await chain.confirmed();
          await chain.uplink.replay(`r${Math.floor(random() * 1000)}`, AT + Math.floor(chain.clock.mono() * random()));
          await chain.confirmed();
          chain.luck = () => random() < 0.8;
        },
        async () => {
          const ack = centre.retained;
          // One that was made before, heard late.
          if (ack && random() < 0.5) await chain.uplink.acknowledge({ ...ack, seen: ack.upTo, gaps: [] }, true);
        },
      ];
      chain.luck = () => random() < 0.8;
      for (let step = 0; step < 25; step++) await acts[Math.floor(random() * acts.length)]?.();
      chain.luck = () => true;
      await chain.confirmed(`seed ${seed}, round ${round}`);
      const missing = Array.from({ length: chain.appended }, (_, i) => `m${i + 1}`).filter(
        (m) => !centre.meters.has(m),
      );
      expect(missing, `seed ${seed}, round ${round}`).toEqual([]);
      expect(centre.meters.size, `seed ${seed}, round ${round}`).toBe(chain.appended);
      expect(centre.lost, `seed ${seed}, round ${round}`).toBe(0);
      await chain.kill();
    }
  }, 60_000);
});
