import type { ExplainedClaim, ExplainedPosting } from "../../store/explain-conversion-store.ts";
import type { ConversionFacts } from "./explain-conversion.ts";

/**
 * The same facts as an affiliate may see them: neither who the customer is, nor what others announced of the payment, nor the
 * owner's reasons and names. Amounts, times and what was decided stay.
 */
export function forAffiliate({ conversion, referral, details }: ConversionFacts, affiliateId: string): ConversionFacts {
  const unsaid = { reason: null, actor: null };
  return {
    // What stands for it may be another affiliate's.
    conversion: { ...conversion, supersededBy: null, commission: { ...conversion.commission, userId: null } },
    referral:
      referral === null || referral.affiliateId !== affiliateId
        ? null
        : { ...referral, userId: null, emailMask: null, customerCreatedAt: null, changes: [] },
    details: {
      ...details,
      claims: details.claims.map((claim) => claimFor(claim, affiliateId)),
      rates: details.rates.map((rate) => ({ ...rate, actor: null })),
      decisions: details.decisions.map((decision) => ({ ...decision, ...unsaid })),
      holds: details.holds.map((hold) => ({ ...hold, ...unsaid })),
      postings: details.postings.map(postingFor),
    },
  };
}

function claimFor(claim: ExplainedClaim, affiliateId: string): ExplainedClaim {
  const own = { ...claim, userId: null, paymentRef: null };
  return claim.affiliateId === affiliateId ? own : { ...own, ref: null, affiliateId: null, conversionId: null };
}

function postingFor(posting: ExplainedPosting): ExplainedPosting {
  const { audit } = posting;
  return { ...posting, audit: audit === null ? null : { action: audit.action, actor: null, reason: null } };
}
