import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { DbError } from "../../store/db.ts";
import {
  findPayoutPolicy,
  type PayoutPolicyRow,
  type Rail,
  readPayoutPolicy as readRow,
  type Schedule,
  writePayoutPolicy,
} from "../../store/payout-policy-store.ts";
import { seal } from "../sealing.ts";
import { isKeyOfMode } from "../stripe/key-mode.ts";
import { isRailOpen, type PayoutPolicy, policyOf } from "./read-policy.ts";

/** What to change; what is absent stays. */
export interface PolicyChange {
  readonly rail?: Rail | undefined;
  readonly schedule?: Schedule | undefined;
  /** Of a week (1 Monday to 7) or of a month (1 to 28); 1 where only the schedule is given. */
  readonly scheduleDay?: number | undefined;
  /** By currency, in its minor unit; null takes one away. */
  readonly minimums?: Readonly<Record<string, number | null>> | undefined;
  /** Null: no key any more. */
  readonly stripeKey?: string | null | undefined;
}

/**
 * Changes how an app pays, and answers it as it stands then. Batches that are there keep the rail they were made with. Fails
 * with `not_found`, and with `invalid_request` for a day the schedule does not have, a key of the other mode, and a rail that is
 * not open on this installation.
 */
export async function changePayoutPolicy(
  deps: Deps,
  appId: string,
  { actor, change }: { readonly actor: string; readonly change: PolicyChange },
): Promise<Result<PayoutPolicy>> {
  const before = await findPayoutPolicy(deps.db, appId);
  if (before === null) return fail("not_found", "No such app.");
  const { rail, schedule, minimums = {}, stripeKey } = change;
  if (rail !== undefined && !isRailOpen(deps, rail)) {
    return invalid("rail", "must be manual: on this installation anybody may make an app");
  }
  if (typeof stripeKey === "string" && !isKeyOfMode(stripeKey, before.mode)) {
    return invalid("stripe_key", `must be a key of the app's mode, ${before.mode}`);
  }
  const scheduleDay = change.scheduleDay ?? (schedule === undefined ? undefined : 1);
  try {
    const results = await deps.db.batch(
      writePayoutPolicy(appId, {
        patch: { rail, schedule, schedule_day: scheduleDay, stripe_key: await sealed(deps, stripeKey) },
        minimums,
        audit: {
          id: deps.newId("aud"),
          actor,
          action: "payouts.changed",
          object: appId,
          before: describe(before),
          after: { rail, schedule, scheduleDay, ...given({ minimums: change.minimums, stripeKey }) },
          now: deps.now(),
        },
      }),
    );
    const row = readRow(results);
    assert(row !== null, "an app is never deleted");
    return ok(await policyOf(deps, row));
  } catch (error) {
    if (!(error instanceof DbError) || error.kind !== "constraint") throw error;
    return invalid("schedule_day", "must be a day that the schedule has: 1 to 7 of a week, 1 to 28 of a month");
  }
}

async function sealed(deps: Deps, key: string | null | undefined): Promise<string | null | undefined> {
  return typeof key === "string" ? seal(deps.config.authSecret, key, deps.randomBytes) : key;
}

/** For the audit log: that there is a key, not which. */
function given({ minimums, stripeKey }: Pick<PolicyChange, "minimums" | "stripeKey">) {
  return {
    ...(minimums === undefined ? {} : { minimums }),
    ...(stripeKey === undefined ? {} : { stripeKey: stripeKey !== null }),
  };
}

function describe({ rail, schedule, scheduleDay, minimums, sealedStripeKey }: PayoutPolicyRow) {
  return { rail, schedule, scheduleDay, minimums, stripeKey: sealedStripeKey !== null };
}

function invalid(path: string, message: string): Result<never> {
  return fail("invalid_request", "The request is not valid.", [{ path, message }]);
}
