import { type App, findApp } from "../../worker/store/app-store.ts";
import type { StripeShop } from "./stripe-world.ts";
import type { Json, TestApp, World } from "./world.ts";

/** What the app's owner is told of a subject, as `user_id=kim`. */
export async function explain(world: World, app: TestApp, query: string): Promise<Json> {
  const answer = await world.call(`/api/v1/explain?${query}`, undefined, { key: app.key });
  if (answer.status !== 200) throw new Error(`not explained: ${JSON.stringify(answer.body)}`);
  return answer.body.explain;
}

export function explainIn({ world, app }: StripeShop, query: string): Promise<Json> {
  return explain(world, app, query);
}

/** An app as its services take it. */
export async function appOf({ db, deps }: World, appId: string): Promise<App> {
  const found = await findApp(db, appId, deps.now());
  if (found === null) throw new Error("the app is there");
  return found;
}

export function codesOf(findings: readonly Json[]): readonly string[] {
  return findings.map(({ code }) => code);
}

/** Each finding as `code` or `code:reason`. */
export function withReasons(findings: readonly Json[]): readonly string[] {
  return findings.map(({ code, reason }) => (reason === null ? code : `${code}:${reason}`));
}
