import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { StripeError } from "../../gateways/stripe/stripe.ts";
import { type Affiliate, findAffiliate } from "../../store/affiliate-store.ts";
import { findPayoutPolicy } from "../../store/payout-policy-store.ts";
import { findRecipient, readRecipient, writeRecipient } from "../../store/stripe-recipient-store.ts";
import { sha256 } from "../hashing.ts";
import { changePayoutMethod } from "./change-payout-method.ts";
import { findPayer, type PayingPlatform } from "./find-payer.ts";

/** Where Stripe sends a creator back to, done or not, and where once a link of it has ended. */
export const RETURN_PATH = "/payouts/stripe/return";
export const REFRESH_PATH = "/payouts/stripe/refresh";

/** `ready`: payouts go to the creator's account at Stripe. `onboarding`: they tell Stripe more first, at `url`, good for minutes. */
export type Onboarding = { readonly status: "ready" } | { readonly status: "onboarding"; readonly url: string };

interface Call {
  readonly actor: string;
  readonly affiliate: Affiliate;
  /** ISO 3166-1; null: the platform's own. Of an account that is there already it changes nothing. */
  readonly country: string | null;
}

/**
 * Brings a creator to the account at Stripe that they are paid to: makes it once, and puts it in force as their payout method
 * once it may receive transfers. To be called again after they come back. Fails with `not_found`; with `conflict` where nobody's
 * key pays this app's creators, and where Stripe refuses; with `unavailable` when Stripe does not answer.
 */
export async function onboardRecipient(
  deps: Deps,
  appId: string,
  { affiliateId, actor, country }: Omit<Call, "affiliate"> & { readonly affiliateId: string },
): Promise<Result<Onboarding>> {
  const affiliate = await findAffiliate(deps.db, appId, affiliateId, deps.now());
  const policy = await findPayoutPolicy(deps.db, appId);
  if (affiliate === null || policy === null) return fail("not_found", "No such affiliate.");
  const platform = await findPayer(deps, policy);
  if (platform === null) return fail("conflict", "The app has no Stripe key that could pay.");
  try {
    return await onboard(deps, appId, platform, { actor, affiliate, country });
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    deps.log({ level: "error", work: "recipients", app: appId, error: String(error) });
    return error.kind === "unavailable"
      ? fail("unavailable", "Stripe does not answer.")
      : fail("conflict", `Stripe refuses it: ${error.code ?? "it does not say why"}.`);
  }
}

async function onboard(
  deps: Deps,
  appId: string,
  { payer, credentials }: PayingPlatform,
  call: Call,
): Promise<Result<Onboarding>> {
  const { actor, affiliate } = call;
  const { account, isActive } = await currentAccount(deps, appId, { payer, credentials }, call);
  if (isActive) {
    const method = { kind: "stripe", account, payer } as const;
    const changed = await changePayoutMethod(deps, appId, { affiliateId: affiliate.id, actor, method });
    return changed.ok ? ok({ status: "ready" }) : changed;
  }
  const { publicUrl } = deps.config;
  const urls = { refreshUrl: publicUrl + REFRESH_PATH, returnUrl: publicUrl + RETURN_PATH };
  return ok({ status: "onboarding", url: await deps.stripe.onboardingLink(credentials, { account, ...urls }) });
}

/** The creator's account at the platform that pays: a new one where there is none, or that one is another platform's. */
async function currentAccount(deps: Deps, appId: string, platform: PayingPlatform, call: Call) {
  const { payer, credentials } = platform;
  const former = await findRecipient(deps.db, appId, { affiliateId: call.affiliate.id, payer });
  if (former !== null) {
    const found = await deps.stripe.recipient(credentials, former).catch(nullWhereForeign);
    if (found !== null) return { account: former, isActive: found.isActive };
  }
  return { account: await createAccount(deps, appId, platform, { ...call, former }), isActive: false };
}

/** Makes an account. Of calls at once all make the same, because they name the same key; the one that is kept stands. */
async function createAccount(
  deps: Deps,
  appId: string,
  { payer, credentials }: PayingPlatform,
  { actor, affiliate, country, former }: Call & { readonly former: string | null },
): Promise<string> {
  const isAbroad = country !== null && (await deps.stripe.ownCountry(credentials)) !== country;
  const request = { email: affiliate.email, country, isAbroad };
  const key = `recipient:${await sha256(JSON.stringify([appId, affiliate.id, payer, former, request]))}`;
  const account = await deps.stripe.createRecipient(credentials, { ...request, key });
  const audit = {
    id: deps.newId("aud"),
    actor,
    action: "recipient.created",
    object: affiliate.id,
    after: { payer, country },
    now: deps.now(),
  };
  const written = await deps.db.batch(
    writeRecipient(appId, { affiliateId: affiliate.id, payer, account, former, audit }),
  );
  const kept = readRecipient(written);
  assert(kept !== null, "an affiliate is never deleted");
  return kept;
}

/** An account that this platform does not know is gone, or was made by another: the app has changed its key. */
function nullWhereForeign(error: unknown): null {
  if (error instanceof StripeError && (error.kind === "missing" || error.code === "account_invalid")) return null;
  throw error;
}
