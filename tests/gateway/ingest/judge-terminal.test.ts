import { expect, it } from 'vitest';
import type { Batch, EventKind, EventRow } from '#contract/envelope.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { arrivalOf } from '../../../gateway/ingest/arrival.ts';
import { Judge, type Judged } from '../../../gateway/ingest/judge.ts';
import { envelope, NOW, SLOT } from '../../support/centre.ts';
import { line } from '../domain/site.ts';
import { SITE } from './site.ts';

/** c1 reaches k1, c2 reaches k2; a meter of c1 is called k2, too. */
const LINES = [line('l1', { concentrator: 'k1' }), line('l2', { collector: 'c2', concentrator: 'k2' })];
const [m1] = SITE.meters;
const WITH_TERMINALS = { ...SITE, lines: LINES, meters: m1 ? [...SITE.meters, { ...m1, id: 'k2', no: 'k2' }] : [] };

function judged(meter: string, kind: EventKind, over: Partial<EventRow> = {}): Judged {
  const row: EventRow = { meter, kind, start: SLOT, end: null, readAt: SLOT + 5000, ...over };
  const batch: Batch = { stream: 'event', task: 'unasked', rows: [row] };
  const judge = new Judge(new RegistryIndex(WITH_TERMINALS), []);
  return judge.judge([arrivalOf('d1', 'c1', Buffer.from(envelope(1, [batch])))], NOW);
}

const kinds = ({ ledger }: Judged): string[] => ledger.quarantine.map(({ kind }) => kind);

it('takes the word of a terminal on its supply when a line of the sender leads to it', () => {
  const { events, ledger } = judged('k1', 'terminal_power_down');
  expect(events).toMatchObject([{ meter: 'k1', kind: 'terminal_power_down', end: null }]);
  expect(ledger).toMatchObject({ events, quarantine: [] });
});

it.each([
  ['a concentrator that another collector reaches, even when a meter of the sender bears its id', 'k2'],
  ['a meter', 'm1'],
  ['somebody whom the registry does not know', 'k9'],
])('sets aside a terminal event of %s', (_, id) => {
  const { events, ledger } = judged(id, 'terminal_power_down');
  expect(events).toEqual([]);
  expect(ledger.quarantine).toMatchObject([{ kind: 'unknown_concentrator', collector: 'c1' }]);
});

it('takes no concentrator for a meter: what only meters tell is set aside', () => {
  const told = judged('k1', 'power_down');
  expect(told.events).toEqual([]);
  expect(kinds(told)).toEqual(['unknown_meter']);
});

it('sets aside what lies in the future, but not what lies before any meter was installed', () => {
  expect(kinds(judged('k1', 'terminal_power_down', { start: NOW + 3_600_000 }))).toEqual(['future']);
  expect(kinds(judged('k1', 'terminal_power_down', { start: SLOT - 20 * 365 * 86_400_000 }))).toEqual([]);
});
