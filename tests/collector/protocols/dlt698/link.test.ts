import { describe, expect, it } from 'vitest';
import { findFrame } from '../../../../collector/protocols/dlt698/frame.ts';
import { decodeLinkRequest } from '../../../../collector/protocols/dlt698/link-request.ts';
import { encodeLinkResponse } from '../../../../collector/protocols/dlt698/link-response.ts';
import { frameOf } from './meter-frames.ts';
import { FRAMES, hex, named, REQUESTS, toHex } from './vectors.ts';

const LOGIN = named(REQUESTS, 'LINK-Request login');
const TIME = '07E90403040F14050000';

describe('a LINK-Request', () => {
  it('is recognised with address, type, heartbeat and time', () => {
    const request = decodeLinkRequest(LOGIN);
    expect(request).toMatchObject({
      address: '111111111111',
      logical: 0,
      client: 0,
      piid: 0,
      type: 'login',
      heartbeatS: 180,
    });
    expect(toHex(request?.requestTime ?? hex(''))).toBe(TIME);
  });

  it.each([
    ['01', 'heartbeat'],
    ['02', 'logout'],
  ])('of type %s is a %s', (type, name) => {
    const apdu = hex(`0105${type}003C${TIME}`);
    expect(decodeLinkRequest(frameOf({ apdu, control: 0x81 }))).toMatchObject({ piid: 5, type: name, heartbeatS: 60 });
  });

  it('is nothing else, and no damaged one', () => {
    for (const { bytes } of FRAMES.filter((frame) => frame.bytes !== LOGIN))
      expect(decodeLinkRequest(bytes)).toBeNull();
    for (const at of LOGIN.keys()) expect(decodeLinkRequest(LOGIN.with(at, (LOGIN[at] ?? 0) ^ 1))).toBeNull();
    for (const apdu of [`01000300B4${TIME}`, `01000000B4${TIME}00`, '01000000B4', `02000000B4${TIME}`, '']) {
      expect(decodeLinkRequest(frameOf({ apdu: hex(apdu), control: 0x81 }))).toBeNull();
    }
    expect(decodeLinkRequest(frameOf({ apdu: hex(`01000000B4${TIME}`), control: 0xc3 }))).toBeNull();
  });
});

describe('a LINK-Response', () => {
  it('repeats address, number and time, and says when it came and went', () => {
    const request = decodeLinkRequest(LOGIN);
    if (!request) throw new Error('no login');
    const receivedAt = Date.parse('2025-04-03T07:20:06.250Z');
    const bytes = encodeLinkResponse(request, { receivedAt, respondedAt: receivedAt + 300, zone: 'Asia/Shanghai' });
    const times = `${TIME}07E90403040F140600FA07E90403040F14060226`;
    expect(toHex(bytes)).toBe(
      toHex(frameOf({ apdu: hex(`810080${times}`), control: 0x01, address: '05111111111111' })),
    );
    const found = findFrame(bytes);
    expect(found).toMatchObject({ kind: 'frame', frame: { control: 1, address: { text: '111111111111' } } });
  });

  it('has the layout of one that a master station sent', () => {
    const recorded = hex(
      '683000010522030000000000c21e81008007e7070b02102b3b000007e7070b02102c01000207e7070b02102c01000277ad16',
    );
    const request = { address: '000000000322', logical: 0, client: 0, piid: 0, type: 'login', heartbeatS: 60 } as const;
    const receivedAt = Date.parse('2023-07-11T08:44:01.002Z');
    const bytes = encodeLinkResponse(
      { ...request, requestTime: hex('07e7070b02102b3b0000') },
      { receivedAt, respondedAt: receivedAt, zone: 'Asia/Shanghai' },
    );
    expect(toHex(bytes)).toBe(toHex(recorded));
  });
});
