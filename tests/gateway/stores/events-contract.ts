import { expect, test } from 'vitest';
import type { StateStore } from '#stores/state-store.ts';
import { AT, centreEvent } from './state-samples.ts';

/** What every state store must do with what the centre tells the outside. */
export function describeEvents(fresh: () => Promise<StateStore>): void {
  test('events come back in the order in which they were told, each with an id of its own', async () => {
    const { events } = await fresh();
    expect(await events.after(0, 10)).toEqual([]);
    expect(await events.range()).toEqual({ oldest: 0, newest: 0 });
    const told = [centreEvent(), centreEvent({ subject: 'o2', district: null, evidenceAt: null, data: {} })];
    await events.tell(told, AT + 1);
    await events.tell([centreEvent({ type: 'supply.changed.v1', subject: 'm1' })], AT + 2);
    const found = await events.after(0, 10);
    expect(found).toMatchObject([
      { ...told[0], committedAt: AT + 1 },
      { ...told[1], committedAt: AT + 1 },
      { type: 'supply.changed.v1', committedAt: AT + 2 },
    ]);
    expect(new Set(found.map(({ id }) => id)).size).toBe(3);
    const positions = found.map(({ position }) => position);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(await events.range()).toEqual({ oldest: positions[0], newest: positions[2] });
    expect(await events.after(positions[0] ?? 0, 1)).toEqual([found[1]]);
  });

  test('events are found by type, subject and district; those of no district are for everybody', async () => {
    const { events } = await fresh();
    await events.tell(
      [
        centreEvent({ district: 'D1' }),
        centreEvent({ district: 'D2', subject: 'o2' }),
        centreEvent({ district: null, type: 'outage.restored.v1', subject: 'o3' }),
      ],
      AT,
    );
    const subjects = async (filter: Parameters<typeof events.after>[2]) =>
      (await events.after(0, 10, filter)).map(({ subject }) => subject);
    expect(await subjects({ districts: ['D1'] })).toEqual(['o1', 'o3']);
    expect(await subjects({ types: ['outage.restored.v1'] })).toEqual(['o3']);
    expect(await subjects({ subject: 'o2', types: ['outage.opened.v1'] })).toEqual(['o2']);
  });

  test('events are found by their positions, and the last one before an instant', async () => {
    const { events } = await fresh();
    await events.tell([centreEvent(), centreEvent({ subject: 'o2' })], AT);
    await events.tell([centreEvent({ subject: 'o3' })], AT + 10);
    const [first, second, third] = await events.after(0, 9);
    const wanted = [third?.position ?? 0, 99, first?.position ?? 0];
    expect(await events.at(wanted)).toEqual([first, third]);
    expect(await events.at([])).toEqual([]);
    expect([await events.lastBefore(AT), await events.lastBefore(AT + 10)]).toEqual([0, second?.position]);
  });

  test('forgotten events leave the positions of the others, and readers where they are', async () => {
    const { events } = await fresh();
    await events.tell([centreEvent()], AT);
    await events.tell([centreEvent({ subject: 'o2' })], AT + 10);
    const newest = (await events.range()).newest;
    expect(await events.positionOf('webhooks')).toBeNull();
    await events.reached('webhooks', 1);
    await events.reached('webhooks', newest);
    await events.forgetBefore(AT + 10);
    expect(await events.range()).toEqual({ oldest: newest, newest });
    await events.forgetBefore(AT + 11);
    expect(await events.range()).toEqual({ oldest: 0, newest });
    await events.tell([centreEvent()], AT + 12);
    expect((await events.range()).oldest).toBeGreaterThan(newest);
    expect(await events.positionOf('webhooks')).toBe(newest);
  });

  test('a clock that was wrong for a while makes no hole, and what it dated is found by who asks by time', async () => {
    const { events } = await fresh();
    for (const [i, at] of [AT, AT - 1000, AT + 1].entries()) await events.tell([centreEvent({ subject: `o${i}` })], at);
    await events.forgetBefore(AT);
    const [first, , third] = await events.after(0, 9);
    expect((await events.after(0, 9)).map(({ subject }) => subject)).toEqual(['o0', 'o1', 'o2']);
    expect(await events.lastBefore(AT)).toBe((first?.position ?? 0) - 1);
    await events.forgetBefore(AT + 1);
    expect(await events.after(0, 9)).toEqual([third]);
  });

  test('many events are forgotten, however many they are', async () => {
    const { events } = await fresh();
    const old = Array.from({ length: 10_001 }, (_, i) => centreEvent({ subject: `o${i}` }));
    await events.tell(old, AT);
    await events.tell([centreEvent({ subject: 'new' })], AT + 1);
    await events.forgetBefore(AT + 1);
    expect((await events.after(0, 9)).map(({ subject }) => subject)).toEqual(['new']);
  });
}
