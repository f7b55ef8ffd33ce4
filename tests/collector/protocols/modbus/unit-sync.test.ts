import { beforeEach, describe, expect, it } from 'vitest';
import type { RegisterRequest } from '../../../../collector/protocols/modbus/register-request.ts';
import { UnitSync } from '../../../../collector/protocols/modbus/unit-sync.ts';

const PROBES = [2, 4, 6];
const ask = (address: number, quantity: number): RegisterRequest => ({ unit: 1, functionCode: 4, address, quantity });
const probe = (quantity: number): RegisterRequest => ask(900, quantity);

let sync: UnitSync;
beforeEach(() => {
  sync = new UnitSync(-60_000);
});

function lost(request: RegisterRequest, at = 0): void {
  sync.sent(request, at);
  sync.lost(at);
}

function answered(request: RegisterRequest, at = 0): void {
  sync.sent(request, at);
  sync.answered(at);
}

it('a unit that was not heard of begins out of step, and the answer to one seldom probe brings it in step', () => {
  sync = new UnitSync(1000);
  expect(sync.needsProbe(ask(100, 2), 1000)).toBe(true);
  expect(sync.needsProbe(ask(100, 2), 60_999)).toBe(true);
  expect(sync.needsProbe(ask(100, 2), 61_000)).toBe(false);
  sync = new UnitSync(1000);
  expect(sync.probeQuantity(ask(100, 6), PROBES)).toBe(4);
  expect(sync.probeQuantity(ask(100, 2), PROBES)).toBe(6);
  answered(probe(6), 1000);
  expect(sync.needsProbe(ask(100, 2), 1001)).toBe(false);
});

it('a unit that has answered everything needs no probe', () => {
  expect(sync.needsProbe(ask(100, 2), 0)).toBe(false);
  answered(ask(100, 2));
  expect(sync.needsProbe(ask(200, 3), 0)).toBe(false);
});

it('a lost reply needs a probe before whatever comes next, the same question too', () => {
  lost(ask(100, 2));
  expect(sync.needsProbe(ask(100, 2), 0)).toBe(true);
  expect(sync.needsProbe(ask(200, 3), 0)).toBe(true);
});

it('an answered probe of another length brings the unit back in step', () => {
  lost(ask(100, 2));
  lost(ask(200, 6));
  expect(sync.probeQuantity(ask(300, 8), PROBES)).toBe(4);
  answered(probe(4));
  expect(sync.needsProbe(ask(300, 8), 0)).toBe(false);
});

it('a question of the same length as the last answered one needs a probe, unless it asks the same', () => {
  answered(ask(100, 2));
  expect(sync.needsProbe(ask(200, 2), 0)).toBe(true);
  expect(sync.needsProbe(ask(100, 2), 0)).toBe(false);
  expect(sync.needsProbe({ ...ask(200, 2), functionCode: 3 }, 0)).toBe(false);
});

describe('the length of a probe', () => {
  it('differs from what may still come, and from the next question if it can', () => {
    lost(ask(100, 2));
    expect(sync.probeQuantity(ask(200, 4), PROBES)).toBe(6);
    lost(probe(6));
    expect(sync.probeQuantity(ask(200, 4), PROBES)).toBe(4);
    expect(sync.probeQuantity(null, PROBES)).toBe(4);
  });

  it('is the one first asked for last when all may still come', () => {
    for (const quantity of [6, 2, 4, 6]) lost(probe(quantity));
    expect(sync.probeQuantity(null, PROBES)).toBe(4);
  });
});

it('an answer that may belong to an older probe leaves the unit out of step, and the next one does not', () => {
  lost(ask(100, 2));
  lost(probe(4));
  lost(probe(6));
  answered(probe(6));
  expect(sync.needsProbe(ask(200, 1), 0)).toBe(true);
  expect(sync.probeQuantity(ask(200, 1), PROBES)).toBe(2);
  answered(probe(2));
  expect(sync.needsProbe(ask(200, 1), 0)).toBe(false);
});

it('what has not come for a minute is forgotten', () => {
  lost(ask(100, 2), 1000);
  expect(sync.needsProbe(ask(200, 2), 60_999)).toBe(true);
  expect(sync.needsProbe(ask(200, 2), 61_000)).toBe(false);
});
