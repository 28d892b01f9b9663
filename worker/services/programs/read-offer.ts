import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { commissionDue } from "../../domain/commission.ts";
import type { App } from "../../store/app-store.ts";
import { findTagChoice, type TagChoice } from "../../store/tag-store.ts";
import { type Acceptance, findTerms, type ProgramTerms } from "../../store/terms-store.ts";
import { readInvitation } from "../affiliates/manage-invitations.ts";
import { sha256 } from "../hashing.ts";
import { type PayoutPolicy, readPayoutPolicy } from "../payouts/read-policy.ts";

/** What a program offers to somebody who would join it. */
export interface Offer {
  readonly rateBps: number;
  /** The part of the commission that goes to the installation. */
  readonly feeBps: number;
  /** What one earns of a payment of `ofCents`, in the app's currency: the net part is theirs. */
  readonly example: {
    readonly ofCents: number;
    readonly grossCents: number;
    readonly feeCents: number;
    readonly netCents: number;
  };
  readonly currency: string;
  readonly holdingDays: number;
  /** Months from the signup on in which a customer's payments count; null: all. */
  readonly maxMonths: number | null;
  readonly newCustomersOnly: boolean;
  readonly tag: TagChoice;
  /** The least payout in the app's currency. */
  readonly minimumCents: number;
  readonly schedule: Pick<PayoutPolicy, "schedule" | "scheduleDay">;
  /** Whether the owner looks at who joins before they may earn. */
  readonly byApproval: boolean;
  readonly isInvited: boolean;
  readonly terms: ProgramTerms;
  /** What somebody who accepts it accepts, as it is kept. */
  readonly acceptance: Acceptance;
  /** Another for any other offer: a form that carries it says which one was shown. */
  readonly seen: string;
}

/** 100.00 where a currency has two decimals. */
const EXAMPLE_CENTS = 10_000;

/**
 * What an app's program offers now. To whom has proven an e-mail that is invited, with the invitation's rate and without
 * approval. Fails never: an app is never deleted.
 */
export async function readOffer(deps: Deps, app: App, provenEmail: string | null): Promise<Offer> {
  const [terms, tag, policy, invitation] = await Promise.all([
    findTerms(deps.db, app.id),
    findTagChoice(deps.db, app.id),
    readPayoutPolicy(deps, app.id),
    provenEmail === null ? null : readInvitation(deps, app.id, provenEmail),
  ]);
  assert(policy.ok, "an app is never deleted");
  const { minimums, schedule, scheduleDay } = policy.value;
  const rateBps = invitation?.rateBps ?? app.rateBps;
  const feeBps = app.platformFeeBps ?? deps.config.platformFeeBps;
  const { currency, holdingDays, maxMonths, newCustomersOnly } = app;
  const example = exampleOf({ rateBps, feeBps });
  const minimumCents = minimums[currency] ?? 0;
  const acceptance: Acceptance = {
    version: terms.version,
    shown: {
      rate_bps: rateBps,
      fee_bps: feeBps,
      net_bps: example.netCents,
      holding_days: holdingDays,
      cookie_days: tag.cookieDays,
      max_months: maxMonths,
      currency,
      minimum_cents: minimumCents,
    },
  };
  return {
    rateBps,
    feeBps,
    example,
    currency,
    holdingDays,
    maxMonths,
    newCustomersOnly,
    tag,
    minimumCents,
    schedule: { schedule, scheduleDay },
    isInvited: invitation !== null,
    byApproval: app.approval === "manual" && invitation === null,
    terms,
    acceptance,
    seen: (await sha256(JSON.stringify(acceptance))).slice(0, 32),
  };
}

function exampleOf({ rateBps, feeBps }: { rateBps: number; feeBps: number }): Offer["example"] {
  const terms = { baseCents: EXAMPLE_CENTS, capturedCents: EXAMPLE_CENTS, rateBps, feeBps };
  return { ofCents: EXAMPLE_CENTS, ...commissionDue(terms, 0) };
}
