import type { Registry } from '#contract/registry.ts';
import { installation, line, meter, registry } from '../domain/site.ts';

/** c1 reads m1, m2 and m3; c2 reads x1. */
export const SITE: Registry = registry({
  collectors: [
    { id: 'c1', district: 'd1' },
    { id: 'c2', district: 'd1' },
  ],
  lines: [line('l1'), line('l2', { collector: 'c2' })],
  meters: [meter('m1'), meter('m2'), meter('m3'), meter('x1', { line: 'l2' })],
  installations: ['m1', 'm2', 'm3', 'x1'].map((id) => installation(id)),
});
