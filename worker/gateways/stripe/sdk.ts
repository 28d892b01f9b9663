import type * as stripeModule from "stripe";
import type { Stripe } from "stripe";
import { assert } from "../../domain/assert.ts";

export type Sdk = typeof stripeModule;

/** Stripe waits 10 s for the answer to a webhook, and a read may be a part of that. */
const TIMEOUT_MS = 5_000;
/** Stripe's own default. 0 would switch the check off. */
const TOLERANCE_S = 300;
/** A time in seconds, or a signature: 64 hex digits of HMAC-SHA-256. */
const HEADER_PART = /^(?:t=\d{1,12}|v1=[0-9a-f]{64})$/;

/** Stripe's SDK, evaluated when something first needs it: a start does without its 240 KB. */
export function loadSdk(): Promise<Sdk> {
  return import("stripe");
}

/**
 * One call's client: it keeps nothing between two. By `fetch` in Node too, so that both doors fail alike; a call is made
 * once, and ends in time also while its body is read.
 */
export function clientFor(
  sdk: Sdk,
  { key, account }: { readonly key: string; readonly account: string | null },
  apiBase: string | null,
): Stripe {
  return new sdk.Stripe(key, {
    httpClient: sdk.Stripe.createFetchHttpClient(),
    timeout: TIMEOUT_MS,
    maxNetworkRetries: 0,
    // It would send how long the last call took, and write a file into the home folder.
    telemetry: false,
    ...(account === null ? {} : { stripeAccount: account }),
    ...(apiBase === null ? {} : addressOf(apiBase)),
  });
}

/**
 * Whether one of the secrets signed the payload at most 300 s ago by the machine's clock. Checks the signature alone: the
 * SDK's own reading of the event would refuse thin ones after it.
 */
export async function isSigned(
  { Stripe: { webhooks, createSubtleCryptoProvider, errors } }: Sdk,
  {
    payload,
    header,
    secrets,
  }: { readonly payload: string; readonly header: string; readonly secrets: readonly string[] },
): Promise<boolean> {
  assert(webhooks.signature !== null, "the SDK checks signatures");
  // Of anything else the SDK's two builds think differently: Node's throws at an empty signature.
  const parts = header.split(",").filter((part) => HEADER_PART.test(part));
  const crypto = createSubtleCryptoProvider();
  // A blank one, with which anybody could sign, the SDK refuses itself.
  for (const secret of secrets) {
    try {
      await webhooks.signature.verifyHeaderAsync(payload, parts.join(","), secret, TOLERANCE_S, crypto);
      return true;
    } catch (error) {
      if (!(error instanceof errors.StripeSignatureVerificationError)) throw error;
    }
  }
  return false;
}

/** Given a host of ours, the SDK asks it for what connect.stripe.com does as well. */
function addressOf(apiBase: string): { host: string; port: string; protocol: "http" | "https" } {
  const { hostname, port, protocol } = new URL(apiBase);
  const isPlain = protocol === "http:";
  return { host: hostname, port: port || (isPlain ? "80" : "443"), protocol: isPlain ? "http" : "https" };
}
