import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../../../collector/protocols/explanation.ts';
import { explainGdw376 } from '../../../../collector/protocols/gdw376/explain.ts';
import { FRAMES, requestNamed, responseNamed, toHex } from './vectors.ts';

const INNER: Explanation = { protocol: 'DL/T 645-2007', summary: 'a read', fields: [], sound: true };
const explain = explainGdw376((bytes) => (bytes[0] === 0x68 ? INNER : null));

function explained(bytes: Uint8Array): Explanation {
  const explanation = explain(bytes);
  if (explanation === null) throw new Error('not explained');
  return explanation;
}

function faults({ fields }: Explanation): string[] {
  return fields.flatMap(({ name, fault }) => (fault ? [`${name}: ${fault}`] : []));
}

function valueIn({ fields }: Explanation, name: string): string | undefined {
  return fields.find((field) => field.name === name)?.value;
}

describe('the explanation of a frame', () => {
  it.each(FRAMES)('of $name names every byte once and finds nothing wrong', ({ bytes }) => {
    const explanation = explained(bytes);
    expect(faults(explanation)).toEqual([]);
    expect(explanation.sound).toBe(true);
    let at = 0;
    for (const field of explanation.fields) {
      expect([field.name, field.at]).toEqual([field.name, at]);
      at += field.length;
    }
    expect(at).toBe(bytes.length);
  });

  it('says what a forward asks of whom, and what stands inside', () => {
    const explanation = explained(requestNamed('transparent forward AFN10 F1 of'));
    expect(explanation.summary).toBe('数据转发 forward to terminal 02001234: a read');
    expect(explanation.inner).toBe(INNER);
    expect(valueIn(explanation, 'data.communication')).toBe('2400 baud 8E1');
    expect(valueIn(explanation, 'data.wait')).toBe('60000 ms');
    expect(valueIn(explanation, 'data.byte timeout')).toBe('100 ms');
    expect(valueIn(explanation, 'password')).toBe('none (zeros)');
    expect(valueIn(explanation, 'time tag')).toBe('request 0, day 21 23:51:13, stale after 5 min');
    expect(valueIn(explanation, 'sequence')).toBe('E0: number 0; 单帧 single; 带时间标签 with time tag');
  });

  it('says what a login, its reply and a confirm item by item mean', () => {
    const login = explained(requestNamed('login region 4403'));
    expect(login.summary).toBe('链路接口检测 link from terminal 44030004');
    expect(valueIn(login, 'data unit')).toBe('F1 登录 login');
    expect(valueIn(login, 'control')).toBe('C9: 终端→主站 from the terminal; 链路测试 link test');
    const items = explained(responseNamed('heartbeat + item-wise'));
    expect(items.fields.filter(({ name }) => name.startsWith('data.')).map(({ value }) => value)).toEqual([
      '02',
      'p0 终端 the terminal',
      'F3 心跳 heartbeat',
      '0: 正确 done',
    ]);
    expect(valueIn(explained(responseNamed('transparent')), 'event counters')).toBe('important 79, general 0');
  });

  it('tells what is wrong with a damaged frame', () => {
    const login = requestNamed('login AFN02');
    expect(faults(explained(login.with(13, 0x72)))).toEqual(['checksum: 86 would be right']);
    expect(faults(explained(login.with(19, 0x17)))).toEqual(['end: 16 would be right']);
    expect(faults(explained(login.subarray(0, 15)))).toEqual(['length: 5 bytes are missing']);
    expect(faults(explained(Uint8Array.of(...login, 1)))).toEqual(['length: 1 bytes follow behind the frame']);
    expect(explained(login.subarray(0, 19)).sound).toBe(false);
    const forward = requestNamed('transparent forward AFN10 F1 of');
    expect(faults(explained(forward.with(22, 0x11)))).toContain(
      'data: its length does not agree with the length of the frame',
    );
    expect(faults(explained(forward.with(24, 0x00)))).toContain('data.frame: not a frame of a meter protocol');
  });

  it('is none of another protocol', () => {
    expect(explain(Uint8Array.of())).toBeNull();
    expect(explain(Uint8Array.from(Buffer.from('68611001301215681104333334337B16', 'hex')))).toBeNull();
  });

  it('never fails, and calls sound only what the collector would take', () => {
    const changed = fc
      .tuple(fc.constantFrom(...FRAMES.map(({ bytes }) => bytes)), fc.nat(), fc.nat(255), fc.nat(3))
      .map(([bytes, at, byte, cut]) => bytes.with(at % bytes.length, byte).subarray(0, bytes.length - cut));
    fc.assert(
      fc.property(changed, (bytes) => {
        const explanation = explain(bytes);
        if (explanation?.sound) expect(FRAMES.map((frame) => toHex(frame.bytes))).toContain(toHex(bytes));
      }),
    );
  });
});
