import { describe, expect, it } from 'vitest';
import { serialDefaults, timingDefaults } from '../../../gateway/registry/line-defaults.ts';

const rtu = serialDefaults('modbus-rtu');

describe('the silence before a request', () => {
  it.each([
    [2400, 15],
    [9600, 4],
    [19_200, 2],
    [38_400, 2],
    [115_200, 2],
  ])('of Modbus RTU is 3.5 characters, and 1.75 ms above 19,200 baud: %i baud, %i ms', (baudRate, ms) => {
    expect(timingDefaults('modbus-rtu', { ...rtu, baudRate }).pauseMs).toBe(ms);
  });

  it('of Modbus RTU counts parity and stop bits', () => {
    expect(timingDefaults('modbus-rtu', { ...rtu, baudRate: 2400, parity: 'even' }).pauseMs).toBe(17);
  });

  it('is none for DL/T 645 and DL/T 698, and over TCP', () => {
    for (const protocol of ['dlt645', 'dlt698'] as const) {
      expect(timingDefaults(protocol, serialDefaults(protocol)).pauseMs).toBe(0);
    }
    expect(timingDefaults('modbus-tcp', null).pauseMs).toBe(0);
  });
});
