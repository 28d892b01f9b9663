import type { Deps } from "../../deps.ts";
import { foldCode } from "../../domain/code.ts";
import { findAppOfCode, findAppOfConversion } from "../../store/story-store.ts";
import { findApp } from "../../store/app-store.ts";

/** What an operator asks about, and the app where they know it. */
export interface Wanted {
  readonly subject: "user" | "ref" | "conversion" | "payment" | "account";
  readonly id: string;
  readonly appId: string | null;
}

/** Where the answer is, or why it cannot be looked for. */
export type Found = { readonly appId: string; readonly id: string } | "no_app" | "app_needed" | "unknown";

/**
 * The app in which something is explained: for operators. A code and a conversion are found in any app; a customer, a payment
 * and an account may have one name in several, so their app must be given.
 */
export async function findStory(deps: Deps, { subject, id, appId }: Wanted): Promise<Found> {
  if (appId !== null && (await findApp(deps.db, appId, deps.now())) === null) return "no_app";
  if (subject === "conversion") {
    const owner = await findAppOfConversion(deps.db, { conversionId: id, appId });
    return owner === null ? "unknown" : { appId: owner, id };
  }
  if (appId !== null) return { appId, id };
  if (subject !== "ref") return "app_needed";
  const owner = await findAppOfCode(deps.db, foldCode(id));
  return owner === null ? "unknown" : { appId: owner, id };
}
