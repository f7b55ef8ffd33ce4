import { evidenceItems } from './evidence-items.ts';
import { climb } from './ladder.ts';
import { planAround } from './plans.ts';
import { scriptFor } from './scripts.ts';
import type { Triage, TriageInput } from './triage-types.ts';

/**
 * Why a customer has no supply, as far as the evidence goes: whom the agent must heed first, the verdict, how sure it
 * is, everything that was looked at, what is missing, and what the agent may say.
 */
export function triage(input: TriageInput): Triage {
  const finding = climb(input);
  const priority = input.account?.priority ?? 'normal';
  return {
    priority: priority === 'normal' ? [] : [priority],
    verdict: finding.verdict,
    confidence: finding.confidence,
    hint: finding.hint,
    evidence: evidenceItems(input),
    outage: finding.outage,
    planned: finding.planned ?? planAround(input),
    arrears: input.orders[0] ?? null,
    missing: finding.missing,
    script: scriptFor(input, finding),
  };
}
