import type { Deps } from "../../deps.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { App } from "../../store/app-store.ts";
import { type AccountExplanation, explainAccount } from "./explain-account.ts";
import { type ConversionExplanation, explainConversion } from "./explain-conversion.ts";
import { explainRef, type RefExplanation } from "./explain-ref.ts";
import { explainUser, type UserExplanation } from "./explain-user.ts";

/** What is to be explained: one of these. */
export type ExplainQuery =
  | { readonly subject: "user"; readonly userId: string }
  | { readonly subject: "conversion"; readonly conversionId: string }
  | { readonly subject: "ref"; readonly ref: string }
  | { readonly subject: "account"; readonly accountId: string };

export type Explanation = ConversionExplanation | UserExplanation | RefExplanation | AccountExplanation;

/**
 * Why something of an app is as it is, or did not come about: every statement from stored facts. Fails with `not_found` for a
 * conversion that is not the app's; of a user, ref or account that nobody knows it says why nothing is known.
 */
export async function explain(deps: Deps, app: App, query: ExplainQuery): Promise<Result<Explanation>> {
  switch (query.subject) {
    case "conversion":
      return explainConversion(deps, app, { conversionId: query.conversionId, affiliateId: null });
    case "user":
      return ok(await explainUser(deps, app, query.userId));
    case "ref":
      return ok(await explainRef(deps, app, query.ref));
    case "account":
      return ok(await explainAccount(deps, app, query.accountId));
  }
}
