import type { TestApp, World } from "./world.ts";

/** What `announce` makes, in each app that it is called for. */
export const WAITING = "conv_waiting";

/** A stranger says that the app's user `u0` has paid: a conversion by a known id that waits for the owner. */
export async function announce(world: World, app: TestApp): Promise<void> {
  const { newId } = world.deps;
  Object.assign(world.deps, { newId: (prefix: string) => (prefix === "conv" ? WAITING : newId(prefix)) });
  const body = { ref: app.ref, user_id: "u0", amount_cents: 10_000, event_id: "waiting" };
  const answer = await world.call("/api/track/conversion", body);
  Object.assign(world.deps, { newId });
  if (answer.body.conversion_id !== WAITING) throw new Error(`not announced: ${JSON.stringify(answer.body)}`);
}
