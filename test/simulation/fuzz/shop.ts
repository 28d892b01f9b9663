import Database from "libsql";
import { signStripe, stripeEvents } from "../../support/stripe-events.ts";
import type { Door } from "./doors.ts";
import { Pool } from "./pool.ts";
import type { Answer, Input, Line } from "./send.ts";

type Json = ReturnType<typeof JSON.parse>;

/** Which scopes a key of a name has. */
export const KEYS = {
  full: ["track", "read", "manage", "payouts"],
  track: ["track"],
  read: ["read"],
  manage: ["manage"],
  payouts: ["payouts"],
} as const;
export type KeyName = keyof typeof KEYS;

/** An app with something of everything, and all credentials that there are for it. */
export interface Shop {
  readonly name: string;
  readonly id: string;
  readonly keys: Readonly<Record<KeyName, string>>;
  readonly revokedKey: string;
  /** The affiliate that the token is of. */
  readonly affiliate: string;
  readonly affiliateToken: string;
  readonly account: string;
  readonly accountToken: string;
  readonly origin: string;
  readonly stripeSecret: string;
  readonly owner: string;
  readonly creator: string;
  readonly pool: Pool;
}

interface Call {
  readonly method?: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Makes an app by calls that all succeed. */
export async function openShop(door: Door, line: Line, name: string): Promise<Shop> {
  const pool = new Pool();
  const call = async (path: string, { method, key, headers, body }: Call = {}): Promise<Json> => {
    const answer = await line.send({
      method: method ?? (body === undefined ? "GET" : "POST"),
      path,
      headers: {
        [door.addressHeader]: "10.0.0.1",
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...headers,
      },
      body: body === undefined ? null : Buffer.from(JSON.stringify(body)),
    });
    if (answer.status < 200 || answer.status > 299)
      throw new Error(`${path} of the stage: ${answer.status} ${answer.body}`);
    const json: Json = answer.body === "" ? null : JSON.parse(answer.body);
    pool.learn(json);
    return json;
  };
  const made = await call("/api/v1/apps", {
    key: door.operatorKey,
    body: { name, commission_percent: 30, currency: "usd", domain: "shop.example.test" },
  });
  const id: string = made.app.id;
  const own = (path: string, more: Call = {}) => call(path, { key: made.secret_key, ...more });
  const origin = `https://${name}.example.test`;
  const settings = { holding_days: 0, origins: [origin], dedupe_seconds: 1, credits: { cap: 100_000, about: "Pots." } };
  await own("/api/v1/app", { method: "PATCH", body: settings });
  await call(`/api/v1/apps/${id}`, { method: "PATCH", key: door.operatorKey, body: { operator_funded: true } });
  const keys: Partial<Record<KeyName, string>> = {};
  for (const [of, scopes] of Object.entries(KEYS) as [KeyName, readonly string[]][]) {
    const { key, secret_key } = await own("/api/v1/keys", { body: { name: of, scopes } });
    pool.keep(key.id);
    keys[of] = secret_key;
  }
  const { keys: all } = await own("/api/v1/keys");
  for (const { id: key } of all) pool.keep(key);
  await own("/api/v1/keys", { body: { name: "spare", scopes: ["read"] } });
  const revoked = await own("/api/v1/keys", { body: { name: "revoked", scopes: KEYS.full } });
  await own(`/api/v1/keys/${revoked.key.id}`, { method: "DELETE" });

  const creators: string[] = [];
  const refs: string[] = [];
  for (const which of ["ann", "bob", "cat"]) {
    const body = {
      email: `${which}@${name}.example.test`,
      ref: `${name}${which}`,
      account_id: `acc_${which}`,
      name: which,
    };
    const { affiliate } = await own("/api/v1/affiliates", { body });
    creators.push(affiliate.id);
    refs.push(affiliate.ref);
    await own(`/api/v1/affiliates/${affiliate.id}/payout-method`, {
      method: "PUT",
      body: { kind: "paypal", email: `${which}@${name}.example.test` },
    });
  }
  const [ann = "", bob = "", cat = ""] = creators;
  const token = await own(`/api/v1/affiliates/${ann}/tokens`, { body: { name: "Laptop" } });
  pool.keep(token.token.id);
  await own("/api/v1/app/payouts", { method: "PUT", body: { minimums: { usd: 1, eur: 1 } } });
  await own("/api/v1/app/terms", { method: "PUT", body: { text: "Be honest." } });
  await own("/api/v1/app/join/accounts/acc_listed", { method: "PUT" });
  await own("/api/v1/invitations", { body: { email: `invited@${name}.example.test`, name: "Invited" } });
  await own("/api/v1/webhooks", { body: { url: door.hook, description: "The backend" } });
  await own("/api/v1/review/rules", {
    body: { currency: "usd", max_event_cents: 10, max_day_cents: 50, reason: "small" },
  });

  for (let n = 0; n < 6; n += 1) {
    const user = `u${n}`;
    const ref = refs[n % refs.length];
    pool.add("user", user);
    await call("/api/track/click", {
      body: { ref, visitor: `v${n}` },
      headers: { "user-agent": "Mozilla/5.0 Firefox/140" },
    });
    await own("/api/track/signup", {
      body: { ref, user_id: user, email: `${user}@buyers.example.test`, event_id: `s${n}` },
    });
    const sale = { user_id: user, amount_cents: 10_000 + n, event_id: `c${n}`, payment_ref: `in_${name}_${n}` };
    await own("/api/track/conversion", { body: sale });
    await call("/api/track/conversion", { body: { ref, user_id: user, amount_cents: 5_000 + n, event_id: `p${n}` } });
  }
  await own("/api/track/refund", {
    body: { user_id: "u0", amount_cents: 100, event_id: "r0", payment_ref: `in_${name}_0` },
  });
  const { conversion_id: held } = await own("/api/track/conversion", {
    body: { user_id: "u5", amount_cents: 9_000, event_id: "held" },
  });
  await own(`/api/v1/conversions/${held}/hold`, { body: { reason: "a look" } });

  // Available at once, which no sale is before its day is over.
  for (const [n, creator] of creators.entries()) {
    const bonus = { amount_cents: 9_000 + n, currency: "usd", reason: "a bonus", event_id: `b${n}` };
    await own(`/api/v1/affiliates/${creator}/corrections`, { body: bonus });
  }
  const batch = async (affiliate: string) =>
    (await own("/api/v1/payouts/batches", { body: { affiliate_id: affiliate, currency: "usd" } })).batch.id;
  const [first, second] = [await batch(ann), await batch(bob)];
  await batch(cat);
  for (const one of [first, second]) await own(`/api/v1/payouts/batches/${one}/approve`, { method: "POST" });
  await own(`/api/v1/payouts/batches/${first}/run`, { method: "POST" });
  const { payouts } = await own(`/api/v1/payouts?batch_id=${first}`);
  for (const payout of payouts) await own(`/api/v1/payouts/${payout.id}/settle`, { body: { reference: "bank 1" } });
  await own(`/api/v1/payouts/batches/${second}/run`, { method: "POST" });
  const { payouts: lost } = await own(`/api/v1/payouts?batch_id=${second}`);
  for (const payout of lost) await own(`/api/v1/payouts/${payout.id}/fail`, { body: { reason: "no such account" } });
  await own(`/api/v1/affiliates/${ann}/corrections`, {
    body: { amount_cents: 700, currency: "usd", reason: "thanks", event_id: "k0" },
  });

  const account = { "x-account-id": "acc_0" };
  const { referral_code: code } = await own("/api/v1/referrals/code", { headers: account });
  for (const [friend, pending] of [
    ["acc_1", true],
    ["acc_2", false],
    ["acc_3", true],
  ] as const)
    await own("/api/v1/referrals/redeem", {
      body: { code, referred_account_id: friend, pending, new_workspace: true },
    });
  await own("/api/v1/referrals/complete", { body: { referred_account_id: "acc_1" } });
  await own("/api/v1/credits/spend", { headers: account, body: { amount: 10, reference: "order_0" } });
  const accountToken = await own("/api/v1/tokens", { body: { account_id: "acc_0", email: "acc_0@example.test" } });
  for (let n = 0; n < 4; n += 1) pool.add("account", `acc_${n}`);

  const stripeSecret = `whsec_${name.padEnd(32, "s")}`;
  await own("/api/v1/app/stripe", { method: "PUT", body: { webhook_secrets: [stripeSecret] } });
  const now = Math.floor(Date.now() / 1000);
  const event = stripeEvents("newest", { created: now, livemode: true }).customerCreated({
    id: `cus_${name}`,
    email: "u1@buyers.example.test",
  });
  const text = JSON.stringify({ ...event, id: `evt_${name}` });
  await call(`/api/stripe/webhook/${id}`, {
    method: "POST",
    headers: { "stripe-signature": await signStripe(text, stripeSecret) },
    body: JSON.parse(text),
  });
  pool.add("stripe", `evt_${name}`);
  await refuse(line, door, made.secret_key);

  const owner = `owner@${name}.example.test`;
  addOwner(door.file, id, owner);
  return {
    name,
    id,
    keys: { ...keys, full: made.secret_key } as Record<KeyName, string>,
    revokedKey: revoked.secret_key,
    affiliate: ann,
    affiliateToken: token.secret,
    account: "acc_0",
    accountToken: accountToken.token,
    origin,
    stripeSecret,
    owner,
    creator: `ann@${name}.example.test`,
    pool,
  };
}

/** Learns what jobs have made of an app's story. */
export async function lookAround(door: Door, line: Line, { keys, pool }: Shop): Promise<void> {
  const lists = [
    "/api/v1/drops",
    "/api/v1/events?limit=20",
    "/api/v1/redemptions",
    "/api/v1/payouts",
    "/api/v1/review?limit=5",
  ];
  for (const path of lists) {
    const headers = { [door.addressHeader]: "10.0.0.1", authorization: `Bearer ${keys.full}` };
    const answer = await line.send({ method: "GET", path, headers, body: null });
    const listed: Json = JSON.parse(answer.body);
    pool.learn(listed);
    for (const drop of listed.drops ?? []) pool.add("drop", String(drop.id));
  }
}

/** A call that is noted as refused. */
async function refuse(line: Line, door: Door, key: string): Promise<Answer> {
  const input: Input = {
    method: "POST",
    path: "/api/track/signup",
    headers: { [door.addressHeader]: "10.0.0.1", authorization: `Bearer ${key}` },
    body: Buffer.from(JSON.stringify({ ref: "nobodys", user_id: "u9", event_id: "lost" })),
  };
  return line.send(input);
}

/** Whoever runs an app on the pages: what an operator's form writes. */
function addOwner(file: string, app: string, email: string): void {
  const db = new Database(file, { timeout: 5_000 });
  db.prepare("INSERT INTO app_owner (app, email, actor, created_at) VALUES (?, ?, 'fuzz', 1)").run([app, email]);
  db.close();
}
