import type { Operation } from "./operation.ts";
import { affiliateOperations } from "./operations/affiliates.ts";
import { appOperations } from "./operations/apps.ts";
import { conversionOperations } from "./operations/conversions.ts";
import { correctionOperations } from "./operations/corrections.ts";
import { creditOperations } from "./operations/credits.ts";
import { customerOperations } from "./operations/customers.ts";
import { explainOperations } from "./operations/explain.ts";
import { joiningOperations } from "./operations/joining.ts";
import { keyOperations } from "./operations/keys.ts";
import { logOperations } from "./operations/log.ts";
import { mailOperations } from "./operations/mails.ts";
import { reviewOperations } from "./operations/review.ts";
import { trackOperations } from "./operations/track.ts";
import { affiliateTokenOperations } from "./operations/affiliate-tokens.ts";
import { eventOperations } from "./operations/events.ts";
import { webhookOperations } from "./operations/webhooks.ts";
import { payoutOperations } from "./operations/payouts.ts";
import { payoutMethodOperations } from "./operations/payout-methods.ts";
import { bookOperations } from "./operations/books.ts";
import { platformOperations } from "./operations/platform.ts";
import { stripeOperations } from "./operations/stripe.ts";
import { operationOperations } from "./operations/operations.ts";
import { scriptOperations } from "./operations/scripts.ts";

/** Every route of the API, in the order of the reference. */
export const OPERATIONS: readonly Operation[] = [
  ...trackOperations,
  ...appOperations,
  ...keyOperations,
  ...affiliateOperations,
  ...joiningOperations,
  ...reviewOperations,
  ...conversionOperations,
  ...customerOperations,
  ...correctionOperations,
  ...explainOperations,
  ...logOperations,
  ...mailOperations,
  ...creditOperations,
  ...affiliateTokenOperations,
  ...eventOperations,
  ...webhookOperations,
  ...payoutOperations,
  ...payoutMethodOperations,
  ...bookOperations,
  ...stripeOperations,
  ...operationOperations,
  ...platformOperations,
  ...scriptOperations,
];
