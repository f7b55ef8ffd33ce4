import { evidenceItems } from './evidence-items.ts';
import { climb } from './ladder.ts';
import { scriptFor } from './scripts.ts';
import type { Triage, TriageInput } from './triage-types.ts';

/**
 * Why a customer has no supply, as far as the evidence goes: the verdict, how sure it is, everything that was looked
 * at, what is missing, and what the agent may say.
 */
export function triage(input: TriageInput): Triage {
  const finding = climb(input);
  const priority = input.account?.priority ?? 'normal';
  return {
    verdict: finding.verdict,
    confidence: finding.confidence,
    evidence: evidenceItems(input),
    outage: finding.outage?.id ?? null,
    missing: finding.missing,
    script: scriptFor(input, finding),
    priority: priority === 'normal' ? [] : [priority],
  };
}
