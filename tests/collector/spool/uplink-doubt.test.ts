import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AT, Chain, DAY_MS, RESEND_MS } from './chain.ts';

describe('a spool file that went back to an epoch before the one that the centre knows', () => {
  it('loses nothing of what is read afterwards under numbers that were used', async () => {
    const chain = await new Chain().start();
    await chain.append(2);
    await chain.delivered();
    await chain.kill();
    const image = readFileSync(chain.path);
    await chain.start();
    await chain.append(500);
    await chain.delivered();
    await chain.uplink.replay('r1', AT + DAY_MS);
    await chain.append(10);
    await chain.delivered();
    await chain.kill();
    for (const suffix of ['-wal', '-shm']) rmSync(chain.path + suffix, { force: true });
    writeFileSync(chain.path, image);
    const retained = chain.centre.retained;
    chain.centre.retained = null;
    await chain.start();
    await chain.append(1500);
    chain.centre.retained = retained;
    if (retained) await chain.uplink.acknowledge(retained, true);
    await chain.delivered();
    expect(chain.centre.meters.size).toBe(chain.appended);
    expect(chain.centre.lost).toBe(0);
    await chain.kill();
  });

  it('is told from a collector that has not been heard in its epoch yet', async () => {
    const chain = await new Chain().start();
    await chain.append(20);
    await chain.delivered();
    chain.luck = () => false;
    await chain.uplink.replay('r1', 0);
    const { epoch } = chain.spool;
    await chain.kill();
    await chain.start();
    await chain.append(1980);
    await chain.until(() => chain.uplink.inFlight > 0, 'the centre is asked');
    for (let i = 0; i < 3; i++) await chain.clock.advance(RESEND_MS);
    expect(chain.uplink.inFlight).toBeLessThan(2);
    chain.luck = () => true;
    await chain.delivered();
    expect(chain.spool.epoch).toBe(epoch);
    expect(chain.centre.received).toBe(20 + 2000);
    await chain.kill();
  });
});

describe('a replay that is asked for while the disk lets no epoch begin', () => {
  it('is done as soon as it can be', async () => {
    const chain = await new Chain().start();
    await chain.append(10);
    await chain.delivered();
    const { epoch } = chain.spool;
    const renew = chain.spool.renew.bind(chain.spool);
    chain.spool.renew = () => Promise.reject(new Error('the disk is busy'));
    await chain.uplink.acknowledge({ v: 1, epoch, upTo: 99, seen: 99, gaps: [] }, false);
    await chain.uplink.replay('r1', 0);
    chain.spool.renew = renew;
    await chain.until(() => chain.centre.received === 20, 'everything is sent again');
    expect(chain.spool.replayed?.id).toBe('r1');
    await chain.kill();
  });
});
