import type { Dice } from "../chaos/dice.ts";
import type { Door } from "./doors.ts";
import type { Pool } from "./pool.ts";
import type { Credential, JsonSchema, Operation, Reference } from "./reference.ts";
import type { KeyName, Shop } from "./shop.ts";
import { KEYS } from "./shop.ts";

/** A call before it is bytes: everything of it can still be changed. */
export interface Draft {
  readonly operation: Operation;
  method: string;
  /** Decoded, by the name of each parameter. */
  readonly segments: Record<string, string>;
  query: [string, string][];
  readonly headers: Record<string, string>;
  /** Undefined: none is sent. */
  body: unknown;
  readonly shop: Shop;
  /** Whether the credential is good for the operation and the app, as far as is known. */
  entitled: boolean;
  /** What was put in where a good call has something else. */
  spoilt: string | null;
}

/** What every call of one run is made of. */
export interface Stage {
  readonly reference: Reference;
  /** Those that are asked. */
  readonly operations: readonly Operation[];
  readonly door: Door;
  readonly dice: Dice;
  /** The app that calls, and another one. */
  readonly shop: Shop;
  readonly other: Shop;
}

const DAY_MS = 86_400_000;
/** Users and accounts are few, so that calls meet. */
const USERS = 12;
const CURRENCIES = ["usd", "usd", "usd", "eur", "EUR", "jpy", "isk"];
const COUNTRIES = ["NL", "DE", "us", "IS"];
const WORDS = ["Ann", "Köln €5", "Zoë 😀", "O'Neill", "x", "مرحبا", "A & B <b>", "-1"];
const SCALAR_LENGTH = 24;

/** A call of an operation that should be answered well, as far as the document and the answers so far tell. */
export function draftOf(operation: Operation, stage: Stage): Draft {
  const { dice, shop } = stage;
  const draft: Draft = {
    operation,
    method: operation.method,
    segments: {},
    query: [],
    headers: {},
    body: undefined,
    shop,
    entitled: true,
    spoilt: null,
  };
  for (const parameter of operation.parameters) {
    const { name } = parameter;
    if (parameter.in === "path") draft.segments[name] = segmentOf(operation, parameter, stage);
    else if (parameter.in === "header" && dice.below(3) === 0) draft.headers[name] = `k${dice.below(40)}`;
    else if (parameter.in === "query" && name !== "app_id" && (parameter.required === true || dice.below(3) === 0))
      draft.query.push([name, queryOf(operation, parameter.name, parameter.schema, stage)]);
  }
  if (operation.body !== null) draft.body = bodyOf(operation, stage);
  authorize(draft, dice.pick(operation.credentials), stage);
  return draft;
}

/** Gives a draft a credential of a kind. */
export function authorize(draft: Draft, credential: Credential, { dice, door, shop }: Stage): void {
  delete draft.headers["authorization"];
  delete draft.headers["origin"];
  const isPlatform = draft.operation.credentials.every(({ scheme }) => scheme === "operatorKey");
  if (credential.account) draft.headers["x-account-id"] = shop.pool.pick("account", dice) ?? shop.account;
  switch (credential.scheme) {
    case "none":
    case "stripeSignature":
      return;
    case "secretKey": {
      const scope = credential.scope as KeyName;
      draft.headers["authorization"] = `Bearer ${dice.below(3) === 0 ? shop.keys[scope] : shop.keys.full}`;
      return;
    }
    case "operatorKey":
      draft.headers["authorization"] = `Bearer ${door.operatorKey}`;
      if (
        !isPlatform ||
        draft.operation.parameters.some(({ name, in: place }) => name === "app_id" && place === "query")
      )
        draft.query.push(["app_id", shop.id]);
      return;
    case "affiliateToken":
      draft.headers["authorization"] = `Bearer ${shop.affiliateToken}`;
      if (draft.segments["id"] !== undefined) draft.segments["id"] = shop.affiliate;
      return;
    case "accountToken":
      draft.headers["authorization"] = `Bearer ${shop.accountToken}`;
      delete draft.headers["x-account-id"];
      if (dice.below(2) === 0) draft.headers["origin"] = shop.origin;
  }
}

/** Whether a credential opens an operation for its own app. */
export function opens(operation: Operation, key: KeyName | "none"): boolean {
  return operation.credentials.some(({ scheme, scope }) => {
    if (scheme === "none") return key === "none" || (KEYS[key] as readonly string[]).includes("track");
    return key !== "none" && scheme === "secretKey" && (KEYS[key] as readonly (string | null)[]).includes(scope);
  });
}

/** Which kind of id stands in a path: by what stands there in the example. */
function segmentOf(
  { path }: Operation,
  { name, example }: { readonly name: string; readonly example?: unknown },
  { dice, shop }: Stage,
): string {
  const { pool } = shop;
  const shown = String(example);
  if (name === "user_id") return dice.below(4) === 0 ? (pool.pick("user", dice) ?? "u0") : `u${dice.below(USERS)}`;
  if (name === "account_id") return `acc_${dice.below(USERS)}`;
  if (name === "ref") return pool.pick("ref", dice) ?? shown;
  if (path.includes("/drops/")) return pool.pick("drop", dice) ?? "1";
  if (path.includes("/stripe/events/")) return pool.pick("stripe", dice) ?? shown;
  if (name === "app_id" || path.startsWith("/api/v1/apps/")) return shop.id;
  const kind = shown.split("_", 1).join("");
  if (kind === "aff" && dice.below(2) === 0) return shop.affiliate;
  return pool.pick(kind, dice) ?? shown;
}

function queryOf(operation: Operation, name: string, schema: JsonSchema, stage: Stage): string {
  const { dice, shop } = stage;
  const { pool } = shop;
  switch (name) {
    case "cursor":
      return pool.pick("cursor", dice) ?? "x";
    case "limit":
      return String(1 + dice.below(100));
    case "offset":
      return String(dice.below(20));
    case "after":
      return pool.pick("evt", dice) ?? "";
    case "type":
      return dice.pick(["conversion.created", "signup.created,refund.created", "payout.paid"]);
    case "from":
    case "to":
      return dayOf(dice.below(60));
    case "month":
      return dayOf(dice.below(60)).slice(0, 7);
    case "action":
    case "object":
    case "reason":
      return dice.pick(["key.created", "unknown_ref", "app", shop.affiliate]);
    default:
      return String(named(operation, name, stage) ?? valueOf(operation, name, schema, stage));
  }
}

function dayOf(daysAgo: number): string {
  return new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10);
}

/** A body from the schema, with the fields that must be there and some that may. */
function bodyOf(operation: Operation, stage: Stage): unknown {
  const { dice } = stage;
  const { schema = {}, example } = operation.body ?? {};
  if (operation.credentials.some(({ scheme }) => scheme === "stripeSignature")) return stripeEvent(example, stage);
  return valueOf(operation, "", schema, stage, { sparse: dice.below(3) === 0 });
}

/** The recorded event, with names of its own. */
function stripeEvent(example: unknown, { dice, shop }: Stage): unknown {
  const event = structuredClone(example) as Record<string, unknown>;
  const id = `evt_${shop.name}${dice.below(50)}`;
  shop.pool.add("stripe", id);
  return { ...event, id, created: Math.floor(Date.now() / 1000) - dice.below(1000) };
}

/** What fields of a name hold, wherever they are: else a schema alone would name what is not there. */
function named({ path }: Operation, name: string, { dice, shop, door }: Stage): unknown {
  const { pool } = shop;
  const fresh = `n${dice.below(1_000_000)}`;
  switch (name) {
    case "ref":
    case "code":
    case "referral_code":
      return /\/(?:codes|affiliates|join)$/.test(path) ? `${shop.name}${fresh}` : pool.pick("ref", dice);
    case "app_id":
      return shop.id;
    case "user_id":
      return `u${dice.below(USERS)}`;
    case "account_id":
      return path.endsWith("/affiliates") || path.endsWith("/join") ? `acc_${fresh}` : `acc_${dice.below(USERS)}`;
    case "referred_account_id":
      return `acc_${dice.below(USERS)}`;
    case "affiliate_id":
      return pool.pick("aff", dice);
    case "conversion_id":
      return pool.pick("conv", dice);
    case "conversion_ids":
      return Array.from({ length: 1 + dice.below(3) }, () => pool.pick("conv", dice));
    case "payout_id":
      return pool.pick("po", dice);
    case "batch_id":
      return pool.pick("bat", dice);
    case "redemption_id":
      return pool.pick("rdm", dice);
    case "email":
      return `${fresh}@${dice.pick(["friends.example.test", "example.test", "EXAMPLE.test"])}`;
    case "emails":
      return Array.from({ length: 1 + dice.below(3) }, (_, n) => `${fresh}${n}@friends.example.test`);
    case "currency":
      return dice.pick(CURRENCIES);
    case "country":
      return dice.pick(COUNTRIES);
    case "countries":
      return dice.below(2) === 0 ? [] : [dice.pick(COUNTRIES), "FR"];
    case "amount_cents":
    case "amount":
      return 1 + dice.below(dice.pick([5, 500, 50_000]));
    case "max_event_cents":
    case "max_day_cents":
      return 10_000 + dice.below(100_000);
    case "commission_percent":
      return dice.pick([0, 12.5, "30", "7.25", 100]);
    case "event_id":
      return dice.below(5) === 0 ? `e${dice.below(40)}` : `e${fresh}`;
    case "payment_ref":
      return `in_${shop.name}_${dice.below(200)}`;
    case "customer_created_at":
      return new Date(Date.now() - dice.below(900) * DAY_MS).toISOString();
    case "expires_at":
    case "commission_from":
      return new Date(Date.now() + (1 + dice.below(300)) * DAY_MS).toISOString();
    case "url":
      return `${door.hook}?${fresh}`;
    case "origins":
      return [shop.origin, "https://elsewhere.example.test"];
    case "domain":
      return path.includes("/track/") ? "example.test" : "shop.example.test";
    case "share_url":
      return "https://shop.example.test/auth?ref={code}";
    case "webhook_secrets":
      return [shop.stripeSecret];
    case "restricted_key":
    case "stripe_key":
      return `rk_live_${"z".repeat(24)}`;
    case "visitor":
      return `v${dice.below(30)}`;
    case "mode":
      return dice.pick(["live", "test"]);
    case "account":
      return path.includes("payout-method") ? "DE89370400440532013000" : undefined;
    case "bank_code":
      return "COBADEFF";
    case "overlap_hours":
      return dice.below(24);
    case "scopes":
      return dice.pick([["track"], ["read", "track"], ["manage"], ["payouts", "read"]]);
    case "types":
      return dice.pick([null, ["conversion.created"], ["payout.paid", "refund.created"]]);
    case "minimums":
      return { usd: 1 + dice.below(100), eur: dice.pick([null, 1]) };
    case "mails":
      return { welcome: dice.below(2) === 0 };
    case "metadata":
      return { order: fresh };
    case "name":
    case "reason":
    case "reference":
    case "description":
    case "holder":
    case "details":
    case "text":
    case "about":
      return dice.pick(WORDS);
    case "enable_platform_referrals":
    case "enable_settings_affiliates":
      // Off, most routes are not there.
      return dice.below(20) !== 0;
    default:
      return undefined;
  }
}

/** A value that a schema takes. */
function valueOf(
  operation: Operation,
  name: string,
  unresolved: JsonSchema,
  stage: Stage,
  { sparse = false }: { readonly sparse?: boolean } = {},
): unknown {
  const { dice, reference } = stage;
  const known = name === "" ? undefined : named(operation, name, stage);
  if (known !== undefined && known !== null) return known;
  const schema = reference.resolve(unresolved);
  const shapes = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(shapes) && schema["properties"] === undefined) {
    const shape = shapes.length === 2 && shapes[1].type === "null" ? shapes[0] : dice.pick<JsonSchema>(shapes);
    return valueOf(operation, name, shape, stage, { sparse });
  }
  if ("const" in schema) return schema["const"];
  if (Array.isArray(schema["enum"])) return dice.pick(schema["enum"]);
  const types: readonly string[] = [schema["type"] ?? "string"].flat();
  switch (types.find((type) => type !== "null") ?? "string") {
    case "object":
      return objectOf(operation, schema, stage, sparse);
    case "array":
      return Array.from({ length: Math.max(schema["minItems"] ?? 0, 1 + dice.below(2)) }, () =>
        valueOf(operation, "", schema["items"] ?? {}, stage),
      );
    case "integer":
    case "number":
      return numberOf(schema, dice);
    case "boolean":
      return dice.below(2) === 0;
    default:
      return textOf(schema, dice);
  }
}

function objectOf(operation: Operation, schema: JsonSchema, stage: Stage, sparse: boolean): unknown {
  const { dice } = stage;
  const required: readonly string[] = schema["required"] ?? [];
  const fields = Object.entries<JsonSchema>(schema["properties"] ?? {}).filter(
    ([name]) => required.includes(name) || dice.below(sparse ? 6 : 2) === 0,
  );
  const either: readonly string[] = (schema["anyOf"] ?? []).map((one: JsonSchema) => one["required"]?.[0]);
  const missing = either.length > 0 && !fields.some(([name]) => either.includes(name)) ? [dice.pick(either)] : [];
  const all = [...fields, ...missing.map((name) => [name, schema["properties"][name]] as const)];
  return Object.fromEntries(all.map(([name, field]) => [name, valueOf(operation, name, field, stage)]));
}

function numberOf({ minimum = 0, maximum = 100_000 }: JsonSchema, dice: Dice): number {
  return dice.pick([minimum, Math.min(maximum, minimum + 1), minimum + dice.below(Math.max(1, maximum - minimum))]);
}

function textOf({ format, minLength = 1 }: JsonSchema, dice: Dice): string {
  if (format === "date-time") return new Date(Date.now() + DAY_MS).toISOString();
  if (format === "email") return `n${dice.below(1000)}@example.test`;
  return dice.pick(WORDS).padEnd(Math.min(minLength, SCALAR_LENGTH), "x");
}

/** Another app's id in the place of the own one: what kinds of its pool have the same prefix. */
export function foreignOf(value: string, { dice, other, shop }: Stage): string | null {
  if (value === shop.id) return other.id;
  const [, kind = ""] = /^([a-z]+)_[\w-]{21}/.exec(value) ?? [];
  return kind === "" ? null : (poolOf(other).pick(kind, dice) ?? null);
}

function poolOf(shop: Shop): Pool {
  return shop.pool;
}
