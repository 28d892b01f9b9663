import type { Answer, TestApp, World } from "./world.ts";

/** Speaks for one account of an app, as its backend does. */
export function asAccount(world: World, app: TestApp, account: string) {
  const headers = { "X-Account-Id": account };
  return {
    get: (path: string) => world.call(path, undefined, { key: app.key, headers }),
    post: (path: string, body?: unknown) => world.call(path, body, { key: app.key, headers, method: "POST" }),
  };
}

/** An account's friend code, made on first need. */
export async function codeOf(world: World, app: TestApp, account: string): Promise<string> {
  const { status, body } = await asAccount(world, app, account).get("/api/v1/referrals/code");
  if (status !== 200) throw new Error(`no code: ${status}`);
  return body.referral_code;
}

/** The app's backend says that an account came by a code. */
export function redeem(
  world: World,
  app: TestApp,
  call: { referred_account_id: string | number; [field: string]: unknown },
): Promise<Answer> {
  return world.call("/api/v1/referrals/redeem", call, { key: app.key });
}

/** Changes an app's friend-referral program. */
export async function setCredits(world: World, app: TestApp, credits: Readonly<Record<string, unknown>>) {
  const { status } = await world.call("/api/v1/app", { credits }, { key: app.key, method: "PATCH" });
  if (status !== 200) throw new Error(`the program was not changed: ${status}`);
}

/** What an account has left. */
export async function creditsOf(world: World, app: TestApp, account: string): Promise<number> {
  return (await asAccount(world, app, account).get("/api/v1/credits")).body.balance;
}

/** A token of an account's own. */
export async function tokenOf(world: World, app: TestApp, account: string, email?: string): Promise<string> {
  const { status, body } = await world.call("/api/v1/tokens", { account_id: account, email }, { key: app.key });
  if (status !== 201) throw new Error(`no token: ${status}`);
  return body.token;
}
