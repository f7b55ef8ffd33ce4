import { expect, it } from 'vitest';
import type { Link } from '../../../collector/lines/link.ts';

/** A link and what stands at its other end. */
export interface Wired {
  readonly link: Link;
  send(bytes: Uint8Array): void;
  /** Everything that has come over the link. */
  readonly received: number[];
  /** Ends the connection from the other side. */
  hangUp(): void;
  end(): Promise<void>;
}

export const never = new AbortController().signal;

export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 3000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited 3 s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** What a Link promises, checked with a real one. */
export function linkSuite(wire: () => Promise<Wired>): void {
  async function opened(): Promise<Wired & { readonly got: number[]; readonly downs: string[] }> {
    const wired = await wire();
    const got: number[] = [];
    const downs: string[] = [];
    wired.link.onData((bytes) => got.push(...bytes));
    wired.link.onDown((why) => downs.push(why));
    await wired.link.open(never);
    return Object.assign(wired, { got, downs });
  }

  it('carries every byte value both ways unchanged', async () => {
    const { link, send, received, got, end } = await opened();
    const all = Array.from({ length: 256 }, (_, byte) => byte);
    link.write(Uint8Array.from(all));
    await until('the bytes are there', () => received.length >= 256);
    send(Uint8Array.from(all));
    await until('the bytes are back', () => got.length >= 256);
    expect(received).toEqual(all);
    expect(got).toEqual(all);
    await link.close();
    await end();
  });

  it('tells each listener once that the other side has gone', async () => {
    const { link, hangUp, downs, end } = await opened();
    const others: string[] = [];
    link.onDown((why) => others.push(why));
    hangUp();
    await until('the loss is known', () => downs.length > 0);
    await link.close();
    expect(downs).toHaveLength(1);
    expect(others).toEqual(downs);
    expect(link.isOpen).toBe(false);
    await end();
  });

  it('tells once that it was closed here, and opens again', async () => {
    const { link, send, got, downs, end } = await opened();
    await link.close();
    expect(downs).toEqual(['link_closed: closed here']);
    await link.open(never);
    await new Promise((resolve) => setTimeout(resolve, 20));
    send(Uint8Array.of(7));
    await until('the new opening carries bytes', () => got.includes(7));
    await link.close();
    expect(downs).toHaveLength(2);
    await end();
  });

  it('refuses to write while it is not open', async () => {
    const { link, end } = await wire();
    expect(() => link.write(Uint8Array.of(1))).toThrow(expect.objectContaining({ code: 'link_closed' }));
    await end();
  });

  it('calls a second opening a bug', async () => {
    const { link, end } = await opened();
    await expect(link.open(never)).rejects.toThrow('BUG');
    await link.close();
    await end();
  });

  it('stays closed when the opening is called off', async () => {
    const { link, end } = await wire();
    const stop = new AbortController();
    const opening = link.open(stop.signal);
    stop.abort();
    await expect(opening).rejects.toMatchObject({ code: 'link_aborted' });
    await expect(link.open(stop.signal)).rejects.toMatchObject({ code: 'link_aborted' });
    expect(link.isOpen).toBe(false);
    await link.open(never);
    expect(link.isOpen).toBe(true);
    await link.close();
    await end();
  });
}
