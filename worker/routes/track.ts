import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import type { Deps } from "../deps.ts";
import { type Failure, fail, ok, type Result } from "../domain/result.ts";
import { authorize } from "../services/programs/authorize.ts";
import { recordClick } from "../services/track/record-click.ts";
import { recordDrop, type RefusedCall } from "../services/track/record-drop.ts";
import { validateCode } from "../services/track/validate-code.ts";
import type { Caller } from "../store/call.ts";
import { type JsonObject, parseBody } from "../wire/body.ts";
import {
  parseAppId,
  parseClick,
  parseConversion,
  parseRefund,
  parseSignup,
  parseValidate,
  presentPayment,
  presentRefund,
  presentSignup,
} from "../wire/track.ts";
import { type AppEnv, methodNotAllowed, refuse } from "./context.ts";
import { markReplay, withEventId } from "./event-id.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { publicLimit, unknownRefLimit } from "./middleware/limits.ts";
import { setRefCookie } from "./ref-cookie.ts";
import { clickVisitor, type VisitorFacts } from "./visitor.ts";

/** A preflight is remembered for a day: browsers cap it as they like. */
const PREFLIGHT_TTL_S = 86_400;

/**
 * `/api/track/*`: open to every origin, for the code is the only credential a call needs. A secret key vouches for it. What records
 * money is loaded when there is some: clicks come first, and are most.
 */
export function trackRoutes(deps: Deps, door: VisitorFacts) {
  const routes = new Hono<AppEnv>();
  routes.use(
    cors({
      origin: "*",
      allowMethods: ["POST"],
      allowHeaders: ["Authorization", "Content-Type", "Idempotency-Key"],
      exposeHeaders: ["Idempotent-Replayed", "Retry-After"],
      maxAge: PREFLIGHT_TTL_S,
    }),
  );

  const limitMoney = [publicLimit(deps, "money"), unknownRefLimit(deps)] as const;

  routes.post("/click", publicLimit(deps, "click"), bodyLimit, async (c) => {
    const call = await readCall(deps, c, { isClick: true });
    if (!call.ok) return refuse(c, call.failure);
    const parsed = parseClick(call.value.body, {
      ...clickVisitor(c, door),
      origin: c.req.header("Origin") ?? null,
      userAgent: c.req.header("User-Agent") ?? "",
      prefetch: /prefetch|prerender/i.test(c.req.header("Sec-Purpose") ?? c.req.header("Purpose") ?? ""),
    });
    if (!parsed.ok) return refuse(c, parsed.failure);
    const { click, cookie } = parsed.value;
    const answer = await recordClick(deps, call.value.caller, click);
    if (!answer.ok) return refuse(c, answer.failure);
    if (answer.value.tracked && cookie !== null) await setRefCookie(c, click.ref, cookie);
    return c.json(answer.value, 202);
  });

  routes.post("/signup", ...limitMoney, bodyLimit, async (c) => {
    const call = await readCall(deps, c);
    if (!call.ok) return refuse(c, call.failure);
    const signup = withEventId(parseSignup(call.value.body, { fromBrowser: c.req.header("Origin") !== undefined }), c);
    if (!signup.ok) return refuse(c, signup.failure);
    const { recordSignup } = await import("../services/track/record-signup.ts");
    const receipt = await recordSignup(deps, call.value.caller, signup.value);
    const refused = { kind: "signup", call: signup.value } as const;
    if (!receipt.ok) return drop(c, call.value.caller, { refused, failure: receipt.failure });
    markReplay(c, receipt.value);
    return c.json(presentSignup(receipt.value));
  });

  routes.post("/conversion", ...limitMoney, bodyLimit, async (c) => {
    const call = await readCall(deps, c);
    if (!call.ok) return refuse(c, call.failure);
    const { caller, body } = call.value;
    const conversion = withEventId(parseConversion(body), c);
    if (!conversion.ok) return refuse(c, conversion.failure);
    if (caller.source === "public" && conversion.value.ref === null) return refuse(c, refRequired());
    const { recordConversion } = await import("../services/track/record-conversion.ts");
    const receipt = await recordConversion(deps, caller, conversion.value);
    const refused = { kind: "conversion", call: conversion.value } as const;
    if (!receipt.ok) return drop(c, caller, { refused, failure: receipt.failure });
    markReplay(c, receipt.value);
    return c.json(presentPayment(receipt.value, { keyed: caller.source === "key" }));
  });

  routes.post("/refund", ...limitMoney, bodyLimit, async (c) => {
    const call = await readCall(deps, c);
    if (!call.ok) return refuse(c, call.failure);
    const { caller, body } = call.value;
    const refund = withEventId(parseRefund(body), c);
    if (!refund.ok) return refuse(c, refund.failure);
    const { ref, conversionId, paymentRef, userId } = refund.value;
    const isNamed = caller.source === "key" && (conversionId ?? paymentRef ?? userId) !== null;
    if (ref === null && !isNamed) return refuse(c, refRequired());
    const { recordRefund } = await import("../services/track/record-refund.ts");
    const receipt = await recordRefund(deps, caller, refund.value);
    const refused = { kind: "refund", call: refund.value } as const;
    if (!receipt.ok) return drop(c, caller, { refused, failure: receipt.failure });
    markReplay(c, receipt.value);
    return c.json(presentRefund(receipt.value), receipt.value.applied ? 200 : 202);
  });

  routes.post("/validate", publicLimit(deps, "validate"), bodyLimit, async (c) => {
    const call = await readCall(deps, c);
    if (!call.ok) return refuse(c, call.failure);
    const asked = parseValidate(call.value.body);
    if (!asked.ok) return refuse(c, asked.failure);
    const answer = await validateCode(deps, { ...asked.value, origin: originOf(c) });
    return answer.ok ? c.json(answer.value) : refuse(c, answer.failure);
  });

  for (const path of ["/click", "/signup", "/conversion", "/refund", "/validate"]) routes.all(path, methodNotAllowed);
  return routes;

  /** Refuses a call that moved nothing, and notes it for the app's owner. */
  function drop(
    c: Context<AppEnv>,
    caller: Caller,
    { refused, failure }: { readonly refused: RefusedCall; readonly failure: Failure },
  ): Response {
    deps.afterwards(recordDrop(deps, caller, { refused, reason: failure.code }));
    return refuse(c, failure);
  }
}

/** The body of a tracking call and who sends it. JSON under any content type: the script sends text/plain to avoid a preflight. */
async function readCall(
  deps: Deps,
  c: Context<AppEnv>,
  { isClick = false }: { readonly isClick?: boolean } = {},
): Promise<Result<{ body: JsonObject; caller: Caller }>> {
  const body = parseBody(await c.req.arrayBuffer());
  if (!body.ok) return body;
  const appId = parseAppId(body.value);
  if (!appId.ok) return appId;
  const authorization = c.req.header("Authorization") ?? null;
  const origin = originOf(c);
  if (authorization === null) return ok({ body: body.value, caller: { source: "public", appId: appId.value, origin } });
  const address = c.get("address");
  const fromBrowser = origin !== null;
  const credentials = { authorization, fromBrowser, appId: appId.value, address, isClick, affiliateId: null };
  const access = await authorize(deps, credentials, "track");
  // An affiliate's token vouches for nothing: here it is as good as none that is known.
  if (!access.ok && access.failure.code === "not_found") return fail("unauthorized", "A valid key is required.");
  if (!access.ok) return access;
  c.set("access", access.value);
  if (access.value.appId === null)
    return fail("invalid_request", "An operator names the app.", [{ path: "app_id", message: "is required" }]);
  if (appId.value !== null && appId.value !== access.value.appId)
    return fail("unknown_ref", "No code by this ref in that app.");
  return ok({ body: body.value, caller: { source: "key", appId: access.value.appId } });
}

/** The origin of the page that calls, null where no browser does. */
function originOf(c: Context<AppEnv>): string | null {
  return c.req.header("Origin") ?? null;
}

function refRequired() {
  return {
    code: "invalid_request" as const,
    message: "The request is not valid.",
    fields: [{ path: "ref", message: "is required" }],
  };
}
