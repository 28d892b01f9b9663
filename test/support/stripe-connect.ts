import { onTestFinished } from "vitest";
import { type FakeStripe, startFakeStripe } from "./fake-stripe.ts";
import { createWorld, NO_STRIPE, type TestApp, type World, type WorldOptions } from "./world.ts";

/** An installation that is set up for Connect. */
export const CONNECT = { ...NO_STRIPE, clientId: "ca_of_the_platform", secretKey: "sk_live_of_the_platform" };

/** A world that is set up for Connect, at a Stripe of its own, for the running test. */
export async function createConnectWorld(
  options: WorldOptions = {},
): Promise<{ readonly world: World; readonly fake: FakeStripe }> {
  const fake = await startFakeStripe();
  onTestFinished(() => fake.close());
  const stripe = { ...CONNECT, ...options.config?.stripe, apiBase: fake.url };
  return { world: await createWorld({ ...options, config: { ...options.config, stripe } }), fake };
}

/** The state of a Connect that the app's key, or the operator, has just begun. */
export async function beginConnect(world: World, app: TestApp, key = app.key): Promise<string> {
  const query = key === world.operatorKey ? `?app_id=${app.id}` : "";
  const begun = await world.call(`/api/v1/app/stripe/connect${query}`, undefined, { key, method: "POST" });
  if (begun.status !== 200) throw new Error(`not begun: ${JSON.stringify(begun.body)}`);
  return new URL(begun.body.url).searchParams.get("state") ?? "";
}

/** Comes back from Stripe. */
export function comeBack(world: World, query: Readonly<Record<string, string>>): Promise<Response> {
  return world.request(`/api/stripe/oauth/callback?${new URLSearchParams(query).toString()}`);
}

/** Connects an account from beginning to end. */
export async function connect(
  { world, fake }: { readonly world: World; readonly fake: FakeStripe },
  app: TestApp,
  { account, livemode = true }: { readonly account: string; readonly livemode?: boolean },
): Promise<Response> {
  const code = `ac_${fake.requests.length}_${account}`;
  fake.grant(code, { account, livemode });
  return comeBack(world, { state: await beginConnect(world, app), code });
}
