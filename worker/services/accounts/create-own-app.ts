import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { countUnder } from "../../store/auth-store.ts";
import { integerOf } from "../../store/statement.ts";
import { type AppDraft, createApp, type CreatedApp } from "../programs/create-app.ts";
import { actorOf, type Person } from "./person.ts";

/** Apps that somebody who is no operator makes in a day: more is no merchant. */
const MAX_APPS = 5;
const WINDOW_MS = 86_400_000;

/** Whether a person may make apps: an operator, and anybody where the installation is open. */
export function mayCreateApps(deps: Pick<Deps, "config">, person: Person): boolean {
  return person.isOperator || deps.config.appCreation === "open";
}

/**
 * Makes an app on a person's behalf. Whoever is no operator owns it: both are written together. Fails with `not_found` for who may
 * not, so that the page is not there for them, and with `rate_limited` after 5 apps in a day.
 */
export async function createOwnApp(deps: Deps, person: Person, draft: AppDraft): Promise<Result<CreatedApp>> {
  if (!mayCreateApps(deps, person)) return fail("not_found", "No such page.");
  if (person.isOperator) return ok(await createApp(deps, actorOf(person), draft));
  const waitS = await secondsToWait(deps, person);
  if (waitS > 0) {
    const message = "So many apps were made by this person today.";
    return { ok: false, failure: { code: "rate_limited", message, retryAfterS: waitS } };
  }
  return ok(await createApp(deps, actorOf(person), draft, { owner: person.email }));
}

async function secondsToWait(deps: Deps, { id }: Person): Promise<number> {
  const realNow = deps.realNow();
  const count = countUnder(`apps:${id}`, { id: deps.newId("lim"), realNow, windowMs: WINDOW_MS });
  const [[row] = []] = await deps.db.batch([count]);
  if (row === undefined || integerOf(row, "count") <= MAX_APPS) return 0;
  return Math.max(1, Math.ceil((integerOf(row, "last_request") + WINDOW_MS - realNow) / 1_000));
}
