import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import type { Deps } from "../../deps.ts";
import { isCode } from "../../domain/code.ts";
import { DAY_MS } from "../../domain/maturation.ts";
import type { MovableClock } from "../../services/operations/movable-clock.ts";
import type { Demo } from "../../services/operations/seed-demo.ts";
import { isFromThisMachine } from "../../wire/dev.ts";
import { type Api, createClient } from "./agentlinks-client.ts";
import { createBackend } from "./backend.ts";
import { findProduct } from "./catalogue.ts";
import { PanelFacts, type PanelView } from "./panel.tsx";
import { shopPage } from "./shop.tsx";
import { EMPTY_FORM, readSignupForm, type SignupForm } from "./signup-form.ts";
import { readStory } from "./story.ts";
import type { Done } from "./words.ts";

const CUSTOMER_COOKIE = "demo_customer";
const REF_COOKIE = "agentlinks_ref";
/** As long as the browser script remembers a code. */
const CUSTOMER_COOKIE_S = 60 * 86_400;
/** The longest form has two short fields. */
const MAX_FORM_BYTES = 4 * 1024;
const DONE: readonly Done[] = ["signup", "purchase", "refund", "later", "forget"];

/**
 * `/demo`: a small shop that has AgentLinks installed as its owner would install it, with a panel that explains each
 * step. It answers only on this machine, and reports through `api`, the same public routes any backend calls.
 */
export function demoPages(deps: Deps, { demo, clock, api }: { demo: Demo; clock: MovableClock; api: Api }) {
  const routes = new Hono();
  const client = createClient(api, demo);
  const backend = createBackend(client);
  const shop = { client, backend, now: deps.now };

  routes.use("/demo/*", async (c, next) => (isFromThisMachine(c.req.raw) ? next() : c.notFound()));
  routes.use("/demo/*", formLimit, readableForm);

  routes.get("/demo", (c) => page(c, EMPTY_FORM));

  routes.get("/demo/panel", async (c) => {
    secure(c, "default-src 'none'");
    return c.html(<PanelFacts {...await panelView(c)} />);
  });

  routes.post("/demo/signup", async (c) => {
    const form = await c.req.parseBody();
    const read = readSignupForm({ name: textOf(form["name"]), email: textOf(form["email"]) });
    if ("form" in read) return page(c, read.form, 422);
    await backend.signUp({ ...read, id: rememberCustomer(c), ref: refOf(c) });
    return done(c, "signup");
  });

  routes.post("/demo/buy", async (c) => {
    const form = await c.req.parseBody();
    const product = findProduct(textOf(form["product"]));
    const id = textOf(form["order"]);
    if (product === null || !isOwnId("order", id)) return c.notFound();
    await backend.buy({ id, product, customerId: rememberCustomer(c), ref: refOf(c) });
    return done(c, "purchase");
  });

  routes.post("/demo/refund", async (c) => {
    const form = await c.req.parseBody();
    const id = textOf(form["refund"]);
    const { commissions } = await client.commissions();
    const commission = commissions.find(({ conversion_id }) => conversion_id === textOf(form["conversion"]));
    if (commission === undefined || commission.user_id !== customerOf(c) || !isOwnId("refund", id)) return c.notFound();
    const amountCents = form["share"] === "half" ? Math.floor(commission.amount_cents / 2) : null;
    await backend.refund({ id, conversionId: commission.conversion_id, amountCents });
    return done(c, "refund");
  });

  /** One day more than a commission waits: then it is available, at whatever hour it was earned. */
  routes.post("/demo/later", async (c) => {
    const { app } = await client.app();
    await clock.advance((app.holding_days + 1) * DAY_MS);
    return done(c, "later");
  });

  routes.post("/demo/forget", (c) => {
    deleteCookie(c, CUSTOMER_COOKIE, { path: "/demo" });
    deleteCookie(c, REF_COOKIE, { path: "/" });
    return done(c, "forget");
  });

  return routes;

  async function page(c: Context, form: SignupForm, status: 200 | 422 = 200) {
    const nonce = btoa(String.fromCharCode(...deps.randomBytes(16)));
    // The script of the page is ours and unmarked, exactly as it is pasted: it is allowed by its origin.
    secure(
      c,
      `default-src 'none'; script-src 'self' 'nonce-${nonce}'; style-src 'nonce-${nonce}'; img-src data:; ` +
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    return c.html(shopPage({ ...(await panelView(c)), appId: demo.app.id, nonce, form }), status);
  }

  async function panelView(c: Context): Promise<PanelView> {
    const before = c.req.query("before") ?? "";
    const clicksBefore = /^\d{1,9}$/.test(before) ? Number(before) : null;
    const cookieRef = refOf(c);
    const story = await readStory(shop, { cookieRef, customerId: customerOf(c), clicksBefore });
    const isLanding = cookieRef === null && isCode(c.req.query("ref") ?? "");
    return { story, isLanding, done: DONE.find((step) => step === c.req.query("done")) ?? null, newId: deps.newId };
  }

  /** The visitor's customer id, a new one when they have none yet. */
  function rememberCustomer(c: Context): string {
    const id = customerOf(c) ?? deps.newId("cus");
    setCookie(c, CUSTOMER_COOKIE, id, { path: "/demo", httpOnly: true, sameSite: "Lax", maxAge: CUSTOMER_COOKIE_S });
    return id;
  }
}

const formLimit = bodyLimit({
  maxSize: MAX_FORM_BYTES,
  onError: (c) => c.text("The form is too large.", 413),
});

/** Refuses a form in no form: the platform throws over it. Whatever reads it later gets it as it was read here. */
const readableForm = createMiddleware(async (c, next) => {
  try {
    await c.req.parseBody();
  } catch (error) {
    if (error instanceof TypeError) return c.text("The form cannot be read.", 400);
    throw error;
  }
  return next();
});

function customerOf(c: Context): string | null {
  const id = getCookie(c, CUSTOMER_COOKIE) ?? "";
  return isOwnId("cus", id) ? id : null;
}

/** The code the browser script left for the site's own backend. */
function refOf(c: Context): string | null {
  const ref = getCookie(c, REF_COOKIE) ?? "";
  return isCode(ref) ? ref : null;
}

/** An id as this shop makes them: whatever else a form or cookie holds is none of its. */
function isOwnId(prefix: string, id: string): boolean {
  return id.startsWith(`${prefix}_`) && /^[a-z]+_[\w-]{21}$/.test(id);
}

/** What was typed: a field left out, sent twice or sent as a file is empty. */
function textOf(field: unknown): string {
  return typeof field === "string" ? field : "";
}

/** To the page again, by GET, so that a reload sends nothing twice. */
function done(c: Context, step: Done): Response {
  return c.redirect(`/demo?done=${step}#happened-title`, 303);
}

/** Not `no-referrer`: the browser would send `Origin: null` with our own forms, and they would be refused. */
function secure(c: Context, policy: string): void {
  c.header("Content-Security-Policy", policy);
  c.header("Referrer-Policy", "same-origin");
  c.header("X-Content-Type-Options", "nosniff");
  c.header("Cross-Origin-Opener-Policy", "same-origin");
  c.header("Cache-Control", "no-store");
}
