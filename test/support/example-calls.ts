import * as v from "valibot";
import type { Operation } from "../../openapi/operation.ts";
import type { Example } from "../../openapi/example.ts";
import type { WebhookGateway } from "../../worker/gateways/webhooks/webhooks.ts";
import { KEYED_ROUTES, OPERATOR_ROUTES, type Route, TRACK_ROUTES, VALIDATE_ROUTE } from "./routes.ts";
import { stageOnce } from "./stage.ts";
import { CONNECT, createConnectWorld } from "./stripe-connect.ts";
import { signStripe } from "./stripe-events.ts";
import { SECRET } from "./stripe-world.ts";
import { announce, REFERRER } from "./waiting.ts";
import type { Answer, TestApp, World } from "./world.ts";

/** What no key opens, or not it alone. */
const EXTRA_ROUTES: readonly Route[] = [
  ...["/health", "/ready", "/agentlinks.js", "/agentlinks.d.ts", "/referrals.js"].map((name): Route => ({
    method: "GET",
    name,
    path: () => name,
    status: 200,
  })),
  stripeRoute("/api/stripe/webhook", () => "/api/stripe/webhook"),
  stripeRoute("/api/stripe/webhook/:app_id", (app) => `/api/stripe/webhook/${app.id}`),
];

/** The secret of both endpoints at Stripe: the installation's and the app's. */
const STRIPE = { ...CONNECT, webhookSecrets: [SECRET] };

/** Whose server takes every webhook. */
const TAKES: WebhookGateway = { send: () => Promise.resolve({ kind: "answered", status: 204, excerpt: "" }) };

function stripeRoute(name: string, path: Route["path"]): Route {
  const created = Date.UTC(2026, 0, 15, 12) / 1000;
  const customer = { id: "cus_1", object: "customer", created, livemode: true, email: "u1@example.test", metadata: {} };
  const head = { id: "evt_1", object: "event", type: "customer.created", livemode: true, created };
  return { method: "POST", name, path, body: () => ({ ...head, data: { object: customer } }), status: 200 };
}

/** One call of every route that the reference has. */
export const EXAMPLE_ROUTES: readonly Route[] = [
  ...KEYED_ROUTES,
  ...OPERATOR_ROUTES,
  ...TRACK_ROUTES,
  VALIDATE_ROUTE,
  ...EXTRA_ROUTES,
];

/** What the examples begin with: an app with a creator, a payment and what `announce` leaves. The same ids whenever it is made. */
export function exampleStage() {
  return stageOnce(async (db) => {
    const { world } = await createConnectWorld({ db, here: true });
    foretell(world, "stage");
    const app = await world.newApp();
    const payment = { ref: app.ref, user_id: "u0", amount_cents: 10_000, payment_ref: "in_0" };
    await world.call("/api/track/conversion", payment, { key: app.key });
    await world.call("/api/v1/app/join/accounts/acc_listed", undefined, { key: app.key, method: "PUT" });
    await world.call("/api/v1/app/stripe", { webhook_secrets: [SECRET] }, { key: app.key, method: "PUT" });
    const collection = { app_id: app.id, currency: "usd", amount_cents: 50, reason: "Invoice 7", event_id: "i0" };
    await world.call("/api/v1/platform/fees/collections", collection, { key: world.operatorKey });
    await announce(world, app);
    return app;
  });
}

/** A world on a database like the stage's. What it draws is the same for the same name. */
export async function exampleWorld(open: ReturnType<typeof exampleStage>, name: string) {
  const { db, stage } = await open();
  const { world, fake } = await createConnectWorld({ db, config: { stripe: STRIPE }, webhooks: TAKES });
  foretell(world, name);
  return { world, fake, app: stage };
}

/** Sends a request as its reader would: with a credential of the kind that its operation takes first. */
export async function sendExample(
  { world, app }: { readonly world: World; readonly app: TestApp },
  { operation, request }: { readonly operation: Operation; readonly request: Example["request"] },
): Promise<Answer> {
  const { kind } = operation.access;
  const key = kind === "operator" ? world.operatorKey : kind === "anybody" || kind === "stripe" ? undefined : app.key;
  const method = operation.route.split(" ", 1).join("");
  const account = operation.access.kind === "account" ? { "X-Account-Id": REFERRER } : {};
  const signed =
    kind === "stripe" ? { "Stripe-Signature": await signStripe(JSON.stringify(request.body), SECRET) } : {};
  return world.call(request.path, request.body, {
    key,
    method,
    headers: { ...account, ...signed, ...request.headers },
  });
}

/** What of an answer is not as documented, in words: its status, its kind, a field too many or too few. */
export function problemsOf(operation: Operation, { status, body, headers }: Answer): readonly string[] {
  const documented = operation.answers[status];
  const at = `${operation.route} ${status}`;
  if (documented === undefined) return [`${at}: not documented: ${JSON.stringify(body)}`];
  const { schema, contentType = "application/json" } = documented;
  if (schema === null) return body === null ? [] : [`${at}: has a body`];
  const kind = headers.get("Content-Type") ?? "none";
  const parsed = v.safeParse(schema, body);
  return [
    ...(kind.startsWith(contentType) ? [] : [`${at}: is ${kind}`]),
    ...(parsed.issues ?? []).map((issue) => `${at}: ${v.getDotPath(issue) ?? ""}: ${issue.message}`),
  ];
}

/** The call of a route on the stage. */
export function requestOf(route: Route, app: TestApp): Example["request"] {
  return {
    path: route.path(app),
    ...(route.body === undefined ? {} : { body: route.body(app) }),
  };
}

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** From now on the world in this process draws what the name says: examples do not change by themselves. */
function foretell(world: World, name: string): void {
  let state = Array.from(name).reduce(
    (sum, letter) => Math.imul(sum ^ (letter.codePointAt(0) ?? 0), 16_777_619),
    2_166_136_261,
  );
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return ((state >>> 8) * below) >>> 24;
  };
  const letters = () => Array.from({ length: 21 }, () => ALPHABET[next(ALPHABET.length)]).join("");
  // Each look at it finds that some time has gone by.
  let real = 0;
  Object.assign(world.deps, {
    realNow: () => (real += 20),
    newId: (prefix: string) => `${prefix}_${letters()}`,
    randomBytes: (length: number) => Uint8Array.from({ length }, () => next(256)),
  });
}
