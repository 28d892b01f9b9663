import { execFile } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { compileFunction } from "node:vm";
import { describe, expect, onTestFinished, test } from "vitest";
import { REF_RANK } from "../../worker/domain/stripe-facts.ts";
import { parseEnv } from "../../worker/env.ts";
import { IGNORED_REASONS } from "../../worker/gateways/stripe/translation.ts";
import { translateEvent } from "../../worker/gateways/stripe/translate.ts";
import { BACKFILL_DAYS } from "../../worker/services/stripe/backfill.ts";
import { STRIPE_EVENT_DAYS } from "../../worker/services/stripe/forget-events.ts";
import { GRACE_MS, PARKED_MS } from "../../worker/store/stripe-scope.ts";
import { CONNECT } from "../support/stripe-connect.ts";
import { type StripeJson, shapes, stripeEvents } from "../support/stripe-events.ts";
import { STORIES } from "../support/stripe-stories.ts";
import {
  CREATORS,
  deliverTo,
  expectBooks,
  openShop,
  openStripeWorld,
  type StripeShop,
} from "../support/stripe-world.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { createWorld, type Json, type World } from "../support/world.ts";

const TEXT = readFileSync("docs/stripe.md", "utf8");
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe("the tables of docs/stripe.md", () => {
  const rows = sectionOf("Which events").matchAll(/^\| (.*`.*) \| .* \|$/gm);
  const cells = [...rows].map(([, cell = ""]) => cell).join(" ");
  const documented = [...cells.matchAll(/`([a-z_.]+)`/g)].map(([, type = ""]) => type);

  test("name every event that is read, and no other", () => {
    const source = readFileSync("worker/gateways/stripe/translate.ts", "utf8");
    const readers = source.split("READERS")[1]?.split("]);")[0] ?? "";
    const read = [...readers.matchAll(/"([a-z_]+(?:\.[a-z_]+)+)"/g)].map(([, type = ""]) => type);
    expect(documented.toSorted()).toEqual(
      [...read, "transfer.reversed", "account.application.deauthorized"].toSorted(),
    );
    const unused = documented.filter((type) => isIgnoredAs("not_used", { type, created: 1, data: { object: {} } }));
    expect(unused).toEqual([]);
    expect(isIgnoredAs("thin_event", stripeEvents("newest").thinEvent())).toBe(true);
  });

  test("print the minimum in bold, and the call makes an endpoint for just that", () => {
    const minimum = [...cells.matchAll(/\*\*`([a-z_.]+)`\*\*/g)].map(([, type]) => type);
    const enabled = [...(shellBlocks("Connect")[0] ?? "").matchAll(/enabled_events\[\]=([a-z_.]+)/g)];
    expect(enabled.map(([, type]) => type)).toEqual(minimum);
  });

  test.each(shapes)("need no more than the minimum, but for promotion codes, in the shape of %s", async (shape) => {
    const minimum = new Set([...cells.matchAll(/\*\*`([a-z_.]+)`\*\*/g)].map(([, type = ""]) => type));
    const world = await createWorld();
    for (const { title, events, settings = {}, pending, held = {} } of STORIES) {
      const shop = await openShop(world, { settings });
      for (const event of events(stripeEvents(shape), shop.refs)) {
        const type = String(event["type"]);
        if (minimum.has(type) || type === "promotion_code.created") await shop.deliver(event);
      }
      for (const creator of CREATORS) {
        const balance = await shop.balance(creator);
        expect([title, creator, balance.pending_cents, balance.held_cents]).toEqual([
          title,
          creator,
          pending[creator] ?? 0,
          held[creator] ?? 0,
        ]);
      }
    }
    await expectBooks(world);
  });

  test("name every reason for which a payment waits, and no other", () => {
    const source = readFileSync("worker/store/stripe-decision-store.ts", "utf8");
    const reasons = source.split("const WAITS_FOR = `")[1]?.split("`;")[0] ?? "";
    const parked = [...reasons.matchAll(/(?:THEN|ELSE) '(\w+)'/g)].map(([, reason = ""]) => reason);
    expect(namesInRows("What waits").toSorted()).toEqual(parked.toSorted());
  });

  test("name every reason for which an event is ignored, and no other", () => {
    const source = readFileSync("worker/services/stripe/receive-event.ts", "utf8");
    const before = [...source.matchAll(/(?:reason: |null \? )"(\w+)"/g)].map(([, reason = ""]) => reason);
    expect(before.toSorted()).toEqual(["no_app", "other_account", "wrong_mode"]);
    expect(namesInRows("The inbox").toSorted()).toEqual([...IGNORED_REASONS, ...before].toSorted());
  });

  test("rank the places of a ref as the decision does", () => {
    const places = [...sectionOf("Whose payment it is").matchAll(/^\| (\d) \| (\w+(?: (?:Session|code))?)/gm)];
    const names: Readonly<Record<string, string>> = {
      PaymentIntent: "payment_intent",
      "Checkout Session": "session",
      "Promotion code": "promotion",
    };
    const ranks = places.map(([, rank, place = ""]) => [names[place] ?? place.toLowerCase(), Number(rank)]);
    expect(Object.fromEntries(ranks)).toEqual(REF_RANK);
  });
});

test("docs/stripe.md counts time as the product does", () => {
  expect(TEXT).toContain(`After ${PARKED_MS / DAY_MS} days it is closed`);
  expect(TEXT).toContain(`Stripe's events of the last ${BACKFILL_DAYS} days`);
  expect(TEXT).toContain(`The event's line goes after ${STRIPE_EVENT_DAYS} days`);
  expect(GRACE_MS).toBe(HOUR_MS);
  expect(TEXT.replaceAll("\n", " ")).toMatch(/in force an hour after it was paid.*waits an hour for its invoice/);
});

test("docs/stripe.md and README.md name every variable of Stripe's, and give values that are taken", () => {
  const blocks = [...TEXT.matchAll(/```ini\n([^`]+)```/g)].map(([, block = ""]) => block);
  for (const block of blocks) {
    const given = Object.fromEntries(block.split("\n").flatMap((line) => [filledIn(line)]));
    expect(parseEnv({ ...given, ENV: "dev" }, { operatorKey: SECRET_32, authSecret: SECRET_32 })).toHaveProperty(
      "config",
    );
  }
  expect(blocks).toHaveLength(2);
  const source = readFileSync("worker/env.ts", "utf8");
  const read = new Set([...source.matchAll(/^ {4}(STRIPE_\w+):/gm)].map(([, name]) => name));
  const named = [...readFileSync("README.md", "utf8").matchAll(/`(STRIPE_\w+)`/g)].map(([, name]) => name);
  expect(new Set(named)).toEqual(read);
  const shown = [...TEXT.matchAll(/\b(STRIPE_[A-Z_]+)\b/g)].map(([, name]) => name);
  expect(shown.filter((name) => name !== "STRIPE_KEY" && !read.has(name))).toEqual([]);
});

test("docs/stripe.md names a script and a command that are there", () => {
  const scripts = JSON.parse(readFileSync("package.json", "utf8")).scripts;
  const [, name = ""] = /npm run ([\w-]+) -- \$APP_ID/.exec(TEXT) ?? [];
  expect(scripts).toHaveProperty(name);
  expect(readFileSync("worker/cli.ts", "utf8")).toContain(`"${name}": () =>`);
  expect(TEXT).toContain(`node dist/cli.js ${name}`);
});

describe("where docs/stripe.md puts the ref", () => {
  const [sample = ""] = [...sectionOf("Where to put the ref").matchAll(/```js\n([^`]*(?:`al-[^`]*`[^`]*)?)```/g)].map(
    ([, block = ""]) => block,
  );

  test("Stripe's own types take the calls", () => {
    const folder = tempFolder();
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
    const values =
      "declare const ref: string, userId: string, email: string, price: string, customer: string, coupon: string;";
    const site = [
      'import type { Stripe } from "stripe";',
      "declare const stripe: Stripe;",
      values,
      sample,
      "export {};",
    ];
    writeFileSync(join(folder, "site.mts"), site.join("\n"));
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: { strict: true, noEmit: true, skipLibCheck: true, module: "nodenext", target: "esnext" },
      }),
    );
    return expect(run(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "-p", folder])).resolves.toBe("");
  });

  test("README.md shows the first of its calls", async () => {
    const { groups } = /```js\n(?<block>await stripe[^`]+)```/.exec(readFileSync("README.md", "utf8")) ?? {};
    expect(await recordNode(groups?.["block"] ?? "")).toEqual([
      ["customers", { email: "", metadata: { agentlinks_ref: REF } }],
    ]);
  });

  test("its calls in Node and by HTTP make the same, and what is paid by any of it is the creator's", async () => {
    const fromNode = await recordNode(sample);
    const fromShell = await recordShell(shellBlocks("Where to put the ref").join("\n"));
    expect(fromNode.map(([path]) => path)).toEqual(Object.keys(PAID));
    expect(fromShell.map(([path]) => path)).toEqual(Object.keys(PAID));
    for (const [path, params] of [...fromNode, ...fromShell]) {
      const shop = await openStripeWorld();
      const made: Params = JSON.parse(JSON.stringify(params).replaceAll(REF, shop.refs.mara));
      for (const event of PAID[path]?.(made) ?? expect.fail(`nobody knows what ${path} makes`)) {
        expect(await shop.deliver(event)).toMatchObject({ status: 200, body: { outcome: "recorded" } });
      }
      shop.world.advance(HOUR_MS);
      await shop.world.runJobs();
      const userId = made.metadata?.["agentlinks_user_id"] ?? "cus_1";
      expect([path, await shop.commissions()]).toMatchObject([path, [{ amount_cents: 10_000, user_id: userId }]]);
      await expectBooks(shop.world);
    }
  });
});

describe("the calls of docs/stripe.md", () => {
  test("connect an app by an endpoint of its own", async () => {
    const { world, app } = await openStripeWorld();
    const other = await world.newApp();
    const url = await serve(world);
    const [endpoint = "", put = ""] = shellBlocks("Connect");
    const [made] = await recordShell(endpoint, { URL: url, APP_ID: other.id });
    expect(made).toMatchObject(["webhook_endpoints", { url: `${url}/api/stripe/webhook/${other.id}` }]);
    expect(made?.[1]["enabled_events"]).toHaveLength(14);

    const secret = `whsec_${"d".repeat(32)}`;
    const env = { URL: url, KEY: other.key, SIGNING_SECRET: secret, RESTRICTED_KEY: "rk_live_documented" };
    const { stripe } = JSON.parse(await shell(put, env));
    expect(stripe).toMatchObject({ webhook_secrets: 1, restricted_key: "rk_live_…nted", net_of_tax: true });
    expect(stripe.webhook_url).toBe(`https://links.example.test/api/stripe/webhook/${other.id}`);
    const event = stripeEvents("newest").thinEvent();
    const answer = await deliverTo(world, `/api/stripe/webhook/${other.id}`, event, { secret });
    expect(answer).toMatchObject({ status: 200, body: { outcome: "thin_event" } });
    expect((await deliverTo(world, `/api/stripe/webhook/${app.id}`, event, { secret })).status).toBe(400);
  });

  test("begin a Connect", async () => {
    const { world, app } = await openStripeWorld({ config: { stripe: CONNECT } });
    const answer = JSON.parse(await shell(shellBlocks("Connect")[2] ?? "", { URL: await serve(world), KEY: app.key }));
    expect(answer.url).toMatch(/^https:\/\/connect\.stripe\.com\/oauth\/authorize\?/);
    const redirect = new URL(answer.url).searchParams.get("redirect_uri") ?? "";
    expect(TEXT).toContain(`\`$URL${new URL(redirect).pathname}\``);
  });

  test("report what Stripe reports, once", async () => {
    const shop = await openStripeWorld();
    const env = await environment(shop);
    const s = stripeEvents("newest");
    const [conversion = ""] = shellBlocks("One payment, one conversion");
    const [refund = ""] = shellBlocks("What earns");
    await shop.deliver(
      s.paymentIntentSucceeded({ id: env.PAYMENT_INTENT, amount: 10_000, ref: env.REF, latestCharge: "ch_1" }),
    );
    expect(JSON.parse(await shell(conversion, env))).toMatchObject({ reason: null, hold: false });
    expect(JSON.parse(await shell(refund, { ...env, REFUND_ID: "my_own" }))).toMatchObject({
      applied: false,
      reason: "reported_by_stripe",
    });
    expect(JSON.parse(await shell(refund, env))).toMatchObject({
      applied: true,
      reversed: { net_commission_cents: 712 },
    });
    const told = { id: env.REFUND_ID, charge: "ch_1", paymentIntent: env.PAYMENT_INTENT, amount: 2_500 };
    await shop.deliver(s.refundCreated(told));
    expect(await shop.commissions()).toMatchObject([{ amount_cents: 10_000, refunded_cents: 2_500 }]);
    await expectBooks(shop.world);
  });

  test("without a payment_ref a backend's report waits in review", async () => {
    const shop = await openStripeWorld();
    const env = await environment(shop);
    const [conversion = ""] = shellBlocks("One payment, one conversion");
    const s = stripeEvents("newest");
    await shop.deliver(s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, ref: env.REF }));
    const unnamed = conversion.replace(/,"payment_ref":"'\$PAYMENT_INTENT'"/, "");
    expect(JSON.parse(await shell(unnamed, env))).toMatchObject({ reason: "possible_duplicate", hold: false });
  });

  test("show the inbox, and take a payment up that was closed", async () => {
    const shop = await openStripeWorld();
    const s = stripeEvents("newest");
    const event = s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 });
    const env = { ...(await environment(shop)), EVENT_ID: event.id };
    const inbox = shellBlocks("The inbox")[0]?.split("\n") ?? [];
    expect(inbox).toHaveLength(2);
    const look = async (line = "") => JSON.parse(await shell(line, env));
    await shop.deliver(event);
    expect((await look(inbox[0])).events).toMatchObject([{ id: event.id, outcome: "parked", reason: "no_ref" }]);
    shop.world.advance(PARKED_MS);
    await shop.world.runJobs();
    expect((await look(inbox[0])).events).toMatchObject([{ outcome: "closed", reason: "no_ref" }]);
    const signup = { ref: env.REF, user_id: "u_1" };
    await shop.world.call("/api/track/signup", signup, { key: env.KEY });
    await shop.deliver(s.customerCreated({ id: "cus_1", ref: env.REF }));
    expect((await look(inbox[0])).events[1]).toMatchObject({ outcome: "closed" });
    expect(await look(inbox[1])).toMatchObject({ event: { id: event.id, outcome: "counted", reason: null } });
  });
});

/** What the blocks read from their environment. */
async function environment({ world, app, refs }: StripeShop) {
  const ids = { PAYMENT_INTENT: "pi_1", REFUND_ID: "re_1" };
  return { URL: await serve(world), KEY: app.key, REF: refs.mara, ...ids };
}

const SECRET_32 = "s".repeat(32);

interface Params {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly [name: string]: unknown;
}

const s = stripeEvents("newest");

/** What Stripe tells of a customer who pays 100.00 by what a call has made. */
const PAID: Readonly<Record<string, (made: Params) => readonly StripeJson[]>> = {
  customers: ({ metadata = {} }) => [s.customerCreated({ id: "cus_1", metadata }), s.invoicePaid(INVOICE)],
  "checkout/sessions": ({ mode, metadata = {}, client_reference_id: reference }) => [
    s.sessionCompleted({
      ...SESSION,
      mode: mode === "subscription" ? mode : expect.fail("it sells a subscription"),
      clientReferenceId: String(reference),
      metadata,
      subscription: "sub_1",
      invoice: "in_1",
    }),
    s.invoicePaid({ ...INVOICE, subscription: "sub_1" }),
  ],
  payment_intents: ({ amount, currency, metadata = {} }) => [
    s.paymentIntentSucceeded({
      id: "pi_1",
      customer: "cus_1",
      amount: Number(amount),
      currency: String(currency),
      metadata,
    }),
  ],
  subscriptions: ({ metadata = {} }) => [
    s.invoicePaid({ ...INVOICE, subscription: "sub_1", subscriptionMetadata: metadata }),
  ],
  payment_links: ({ metadata = {} }) => [s.sessionCompleted({ ...SESSION, metadata, paymentIntent: "pi_1" })],
  promotion_codes: ({ metadata = {} }) => [
    s.promotionCodeCreated({ id: "promo_1", code: "X7DRAWN", metadata }),
    s.sessionCompleted({ ...SESSION, promotionCode: "promo_1", paymentIntent: "pi_1" }),
  ],
};
const INVOICE = { id: "in_1", customer: "cus_1", amountPaid: 10_000 };
const SESSION = { id: "cs_1", customer: "cus_1", amountTotal: 10_000 };

/** Stands for a creator's code in what is recorded. */
const REF = "recorded-ref";

type Made = readonly [path: string, params: Params];

/** The calls of a block for Node, by the paths that they have in the API. */
async function recordNode(sample: string): Promise<readonly Made[]> {
  const made: Made[] = [];
  const at = (path: string) => ({ create: (params: Params) => void made.push([path, params]) });
  const stripe = {
    customers: at("customers"),
    checkout: { sessions: at("checkout/sessions") },
    paymentIntents: at("payment_intents"),
    subscriptions: at("subscriptions"),
    paymentLinks: at("payment_links"),
    promotionCodes: at("promotion_codes"),
  };
  const req = { cookies: { agentlinks_ref: REF } };
  const values = { stripe, req, ref: REF, userId: "u_1", email: "", price: "", customer: "", coupon: "" };
  await compileFunction(`return (async () => {${sample}})()`, Object.keys(values))(...Object.values(values));
  return made;
}

/** The calls of a block for the shell, as Stripe gets them; every one must be made with the merchant's own key. */
async function recordShell(block: string, env: Readonly<Record<string, string>> = {}): Promise<readonly Made[]> {
  const made: Made[] = [];
  const stripe = await listen(async (request) => {
    expect(request.headers.get("Authorization")).toBe(`Basic ${btoa("sk_of_the_merchant:")}`);
    made.push([new URL(request.url).pathname.replace("/v1/", ""), paramsOf(await request.text())]);
    return Response.json({ secret: "whsec_" });
  });
  const values = { STRIPE_KEY: "sk_of_the_merchant", REF, USER_ID: "u_1", EMAIL: "kim@example.com" };
  const rest = { PRICE: "price_1", CUSTOMER: "cus_1", COUPON: "SPRING" };
  await shell(block.replaceAll("https://api.stripe.com", stripe), { ...values, ...rest, ...env });
  return made;
}

/** `a[b]=c` and `a[]=d` of a form, one level deep: deeper names stay as they are. */
function paramsOf(form: string): Params {
  const params: Record<string, Json> = {};
  for (const [name, value] of new URLSearchParams(form)) {
    const [, outer = name, inner] = /^(\w+)\[(\w*)\]$/.exec(name) ?? [];
    if (inner === undefined) params[outer] = value;
    else if (inner === "") (params[outer] ??= []).push(value);
    else (params[outer] ??= {})[inner] = value;
  }
  return params;
}

/** A world's app at a port of this machine, for the running test. */
function serve(world: World): Promise<string> {
  return listen((request) => world.request(new URL(request.url).pathname + new URL(request.url).search, request));
}

async function listen(answer: (request: Request) => Promise<Response>): Promise<string> {
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(
    () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  );
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = "GET", url = "/", headers } = incoming;
    const body = await buffer(incoming);
    const sent = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
    const init = { method, headers: sent, ...(body.length === 0 ? {} : { body: new Uint8Array(body) }) };
    const response = await answer(new Request(new URL(url, "http://127.0.0.1"), init));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
  }
}

function shell(block: string, env: Readonly<Record<string, string>>): Promise<string> {
  return run("sh", ["-euc", block], env);
}

async function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const options = { env: { PATH: process.env["PATH"], ...env }, encoding: "utf8" as const };
  return (await promisify(execFile)(program, [...args], options)).stdout;
}

function isIgnoredAs(reason: string, event: unknown): boolean {
  const translation = translateEvent(event);
  return translation.kind === "ignored" && translation.reason === reason;
}

function sectionOf(heading: string): string {
  return TEXT.split(`\n## ${heading}\n`)[1]?.split(/^## /m)[0] ?? expect.fail(`there is no ${heading}`);
}

function shellBlocks(heading: string): readonly string[] {
  return [...sectionOf(heading).matchAll(/```sh\n([^`]+)\n```/g)].map(([, block = ""]) => block);
}

/** The names in the first cells of a section's table. */
function namesInRows(heading: string): readonly string[] {
  const cells = [...sectionOf(heading).matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell = ""]) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name));
}

/** A line of settings with something in the place of each dot. */
function filledIn(line: string): readonly [string, string] {
  const [name = "", value = ""] = line.split("=");
  return [name, value.replaceAll("…", "x".repeat(21))];
}
