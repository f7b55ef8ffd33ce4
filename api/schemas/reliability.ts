import { Type } from 'typebox';
import { nullable, strict } from './common.ts';

const Figure = (description: string) => nullable(Type.Number({ description }));

const InterruptionsShape = strict({
  customerInterruptions: Type.Integer({ minimum: 0, description: 'Sustained ones that began in the period (CI)' }),
  customerMinutes: Type.Number({ description: 'Without supply inside the period (CMI)' }),
  saidiMin: Figure('系统平均停电时间: minutes per customer served'),
  saifi: Figure('系统平均停电频率: interruptions per customer served'),
  caidiMin: Figure('Minutes per interruption; null without any'),
});

export const ReliabilityFigures = strict({
  customersServed: Type.Number({ description: 'Mean number of customers in place over the period' }),
  unplanned: InterruptionsShape,
  planned: InterruptionsShape,
  outages: Type.Integer({ minimum: 0, description: 'Confirmed ones that began in the period' }),
  resolved: Type.Integer({ minimum: 0, description: 'Of them: at least one customer’s meter told so itself' }),
  resolvedShare: nullable(Type.Number({ description: '停电到户率, per cent, rounded down to two decimals' })),
  toIncident: nullable(
    strict(
      { p50S: Type.Number(), p95S: Type.Number(), maxS: Type.Number() },
      { description: 'From the first fact at the centre to the incident, s; outages that were not announced' },
    ),
  ),
});

export const ReliabilityGroup = strict({
  key: Type.String(),
  name: nullable(Type.String()),
  figures: ReliabilityFigures,
});
