import { asAccount, codeOf, redeem } from "./friends.ts";
import type { Answer, TestApp, World } from "./world.ts";

/** Says which account of the app's its creator is: their code then brings friends too. */
export async function joinAccount(world: World, app: TestApp, account: string): Promise<void> {
  const { affiliate } = done(
    await world.call(`/api/v1/affiliates/${app.affiliateId}`, undefined, { key: app.key }),
  ).body;
  done(await world.call("/api/v1/affiliates", { email: affiliate.email, account_id: account }, { key: app.key }));
}

/** A friend comes by the creator's code, under an id of the test's own where it needs one. Answers the redemption's id. */
export async function bring(
  world: World,
  app: TestApp,
  { friend, id, code = app.ref, pending = false }: { friend: string; id?: string; code?: string; pending?: boolean },
): Promise<string> {
  world.advance(1);
  const { newId } = world.deps;
  const given = id ?? newId("rdm");
  Object.assign(world.deps, { newId: (prefix: string) => (prefix === "rdm" ? given : newId(prefix)) });
  done(await redeem(world, app, { code, referred_account_id: friend, pending }));
  Object.assign(world.deps, { newId });
  return given;
}

/** A friend who waited counts. */
export async function complete(world: World, app: TestApp, friend: string): Promise<void> {
  world.advance(1);
  done(await world.call("/api/v1/referrals/complete", { referred_account_id: friend }, { key: app.key }));
}

export async function spend(
  world: World,
  app: TestApp,
  { account, amount, reference }: { account: string; amount: number; reference: string },
): Promise<void> {
  world.advance(1);
  done(await asAccount(world, app, account).post("/api/v1/credits/spend", { amount, reference }));
}

/** An app whose creator has an account, a code for friends, and one friend, whose redemption has this id. */
export async function befriend(
  world: World,
  app: TestApp,
  { account, id }: { account: string; id: string },
): Promise<void> {
  await joinAccount(world, app, account);
  await codeOf(world, app, account);
  await bring(world, app, { friend: `friend of ${account}`, id });
}

function done(answer: Answer): Answer {
  if (answer.status >= 300) throw new Error(`refused: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}
