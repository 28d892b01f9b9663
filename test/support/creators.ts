import type { Json, TestApp, World } from "./world.ts";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** One more affiliate of an app, as an app of its own to look at: same key, other creator and code. */
export async function addCreator(
  world: World,
  app: TestApp,
  ref: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<TestApp> {
  const body = { email: `${ref}@example.test`, ref, ...more };
  const made = await world.call("/api/v1/affiliates", body, { key: app.key });
  if (made.status !== 201) throw new Error(`no creator ${ref}: ${JSON.stringify(made.body)}`);
  return { ...app, affiliateId: made.body.affiliate.id, ref };
}

/** Somebody who has applied to an app whose owner approves by hand, and waits. */
export async function addApplicant(world: World, app: TestApp, ref: string): Promise<TestApp> {
  await setProgram(world, app, { approval: "manual" });
  const made = await world.call("/api/v1/affiliates/join", { account_id: `acc_${ref}`, ref }, { key: app.key });
  if (made.body.affiliate?.status !== "applied") throw new Error(`nobody applied: ${JSON.stringify(made.body)}`);
  return { ...app, affiliateId: made.body.affiliate.id, ref };
}

export async function setStatus(world: World, creator: TestApp, status: string): Promise<void> {
  const body = { status, reason: "a test asks for it" };
  const done = await world.call(path(creator), body, { key: creator.key, method: "PATCH" });
  if (done.status !== 200) throw new Error(`no status ${status}: ${JSON.stringify(done.body)}`);
}

export async function setProgram(world: World, app: TestApp, change: Readonly<Record<string, unknown>>): Promise<void> {
  const done = await world.call("/api/v1/app", change, { key: app.key, method: "PATCH" });
  if (done.status !== 200) throw new Error(`no change: ${JSON.stringify(done.body)}`);
}

/** What the app's owner sees of a creator's commissions, newest first. */
export async function commissionsOf(world: World, creator: TestApp, query = ""): Promise<readonly Json[]> {
  const answer = await world.call(`${path(creator)}/commissions${query}`, undefined, { key: creator.key });
  return answer.body.commissions;
}

/** What happened on a creator's codes in the last 30 days. */
export async function statsOf(world: World, creator: TestApp, query = ""): Promise<readonly Json[]> {
  const answer = await world.call(`${path(creator)}/stats${query}`, undefined, { key: creator.key });
  return answer.body.days;
}

/** The clock goes to an instant, ISO 8601. */
export function moveTo(world: World, instant: string): void {
  world.advance(Date.parse(instant) - world.deps.now());
}

function path(creator: TestApp): string {
  return `/api/v1/affiliates/${creator.affiliateId}`;
}
