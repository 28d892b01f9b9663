import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  type Answer,
  type Call,
  failed,
  type FakeObject,
  type FakeRequest,
  field,
  listOf,
  many,
  missing,
  oauthFailed,
  page,
  readCall,
  send,
} from "./fake-stripe-answers.ts";
import { type FakePayouts, openFakePayouts } from "./fake-stripe-payouts.ts";

export type { FakeObject } from "./fake-stripe-answers.ts";

/**
 * What goes wrong with one request. `500` is Stripe's answer, and is kept under an idempotency key; `500 done` too, but the
 * work is done. `in use`: another request has the key. `timeout`: it is never answered, nor done. `held`: it is done and never
 * answered. `lost`: its work is done, and the connection ends without an answer. `unreadable`: 200, with a body that is no
 * JSON.
 */
export type FakeFault = "500" | "500 done" | "429" | "in use" | "timeout" | "held" | "lost" | "unreadable";

export interface FakeStripe {
  readonly url: string;
  readonly close: () => Promise<void>;
  /** Keeps an object in the place of the one with its id; of the key's own account, unless told. */
  readonly put: (object: FakeObject, of?: { readonly account?: string }) => void;
  /** A code that is good once: whoever brings it is let into the account. */
  readonly grant: (code: string, to: { readonly account: string; readonly livemode: boolean }) => void;
  /** From now on this key is answered 401. */
  readonly revoke: (key: string) => void;
  /** Whether the platform may speak for the account. */
  readonly isConnected: (account: string) => boolean;
  readonly requests: readonly FakeRequest[];
  /** Resolves when so many requests of a method and path have come, and have been done as far as they will be. */
  readonly received: (method: string, path: string, count?: number) => Promise<void>;
  readonly payouts: FakePayouts;
  /** The next requests meet these, one each. */
  readonly fail: (...faults: readonly FakeFault[]) => void;
  /** From now on it answers: what was to go wrong does not. */
  readonly recover: () => void;
}

interface Stored {
  readonly account: string | null;
  readonly object: FakeObject;
}

/** Ids in a path by their collection. */
const COLLECTIONS: Readonly<Record<string, string>> = {
  customers: "customer",
  invoices: "invoice",
  promotion_codes: "promotion_code",
  events: "event",
  payment_intents: "payment_intent",
};
/**
 * Stripe's API on this machine, as far as the product uses it: its paths, its shapes of objects, lists and errors, its
 * accounts and modes. It forgets idempotency keys by the clock `now`; without one, never. https://docs.stripe.com/api, https://docs.stripe.com/connect/oauth-reference
 */
export async function startFakeStripe({ now = () => 0 }: { readonly now?: () => number } = {}): Promise<FakeStripe> {
  const stored = new Map<string, Stored>();
  const codes = new Map<string, { account: string; livemode: boolean; used: boolean }>();
  const connected = new Set<string>();
  const revoked = new Set<string>();
  const requests: FakeRequest[] = [];
  const faults: FakeFault[] = [];
  const payouts = openFakePayouts(now);
  let watchers: readonly (() => void)[] = [];

  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
    put(object, { account } = {}) {
      stored.delete(object.id);
      stored.set(object.id, { account: account ?? null, object });
      if (account !== undefined) connected.add(account);
    },
    grant: (code, to) => void codes.set(code, { ...to, used: false }),
    revoke: (key) => void revoked.add(key),
    isConnected: (account) => connected.has(account),
    requests,
    received: (method, path, count = 1) =>
      new Promise((come) => {
        const look = () => {
          const found = requests.filter((one) => one.method === method && one.path.startsWith(path));
          if (found.length >= count) come();
        };
        watchers = [...watchers, look];
        look();
      }),
    payouts: payouts.control,
    fail: (...next) => void faults.push(...next),
    recover: () => void faults.splice(0),
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await readCall(request);
    requests.push({ method: call.method, path: call.path, headers: call.headers, form: call.form });
    const answer = answerWith(faults.shift(), call);
    for (const look of watchers) look();
    if (answer === "silence") return;
    if (answer === "lost") return void response.destroy();
    if (answer === "unreadable") return void response.writeHead(200).end("<html>502 Bad Gateway</html>");
    return send(response, answer);
  }

  function answerWith(fault: FakeFault | undefined, call: Call): Answer | "silence" | "lost" | "unreadable" {
    if (fault === "timeout") return "silence";
    if (fault === "unreadable") return "unreadable";
    if (fault === "429") return failed(429, "invalid_request_error", "Request rate limit exceeded", "rate_limit");
    if (fault === "in use") {
      const message = "There is currently another in-progress request using this Idempotent Key.";
      return failed(409, "invalid_request_error", message, "idempotency_key_in_use");
    }
    const error = failed(500, "api_error", "An unknown error occurred");
    // What was done under a key is done once, whatever is answered the second time.
    const isRepeat = payouts.isKept(call);
    if (fault === "500" || fault === "500 done") payouts.keep(call, error);
    if (fault === "500" || (fault === "500 done" && isRepeat)) return error;
    const answer = fault === "500 done" ? answerTo(withoutKey(call)) : answerTo(call);
    if (fault === "500 done") return error;
    if (fault === "held") return "silence";
    return fault === "lost" ? "lost" : answer;
  }

  function answerTo(call: Call): Answer {
    const { method, key, account, segments } = call;
    if (key === "") return failed(401, "invalid_request_error", "You did not provide an API key.");
    if (!/^[rs]k_/.test(key) || revoked.has(key)) {
      return failed(401, "invalid_request_error", `Invalid API Key provided: ${key.slice(0, 8)}****`);
    }
    const path = segments.join("/");
    if (method === "POST" && path === "oauth/token") return token(call);
    if (method === "POST" && path === "oauth/deauthorize") return deauthorize(call);
    if (account !== null && !connected.has(account)) {
      const message = `The provided key does not have access to account '${account}' (or that account does not exist).`;
      return failed(403, "invalid_request_error", message, "account_invalid");
    }
    if (payouts.isOurs(call)) return payouts.answerOnce(call);
    if (method === "GET" && path === "v1/checkout/sessions") return sessions(call);
    if (method === "POST" && path === "v1/checkout/sessions") return createSession(call);
    if (method === "GET" && path === "v1/invoice_payments") return invoicePayments(call);
    if (method === "GET" && path === "v1/events") return events(call);
    const [version, collection = "", id, more] = segments;
    const type = COLLECTIONS[collection];
    if (method !== "GET" || version !== "v1" || type === undefined || id === undefined || more !== undefined) {
      return failed(404, "invalid_request_error", `Unrecognized request URL (${method}: ${call.path}).`);
    }
    const object = visible(call, type).find((candidate) => candidate.id === id);
    if (object === undefined) return missing(type, id);
    return [200, type === "invoice" ? withExpansions(call, object) : object];
  }

  /** What a key sees: objects of its mode, of its own account or of the one it speaks for, the latest first. */
  function visible({ key, account }: Call, type: string): readonly FakeObject[] {
    const livemode = !/^[rs]k_test_/.test(key);
    return [...stored.values()]
      .filter((kept) => kept.account === account && kept.object.object === type)
      .map(({ object }) => object)
      .filter((object) => typeof object["livemode"] !== "boolean" || object["livemode"] === livemode)
      .toReversed();
  }

  function sessions(call: Call): Answer {
    const found = visible(call, "checkout.session").filter((session) =>
      ["payment_intent", "subscription"].every((name) => {
        const wanted = call.query.get(name);
        return wanted === null || session[name] === wanted;
      }),
    );
    return page(call, found, "/v1/checkout/sessions");
  }

  /** A page to pay at, that nobody has opened yet. */
  function createSession({ form, account, key }: Call): Answer {
    const amounts = Object.entries(form).filter(([name]) => name.endsWith("[unit_amount]"));
    if (form["mode"] !== "payment" || form["success_url"] === undefined || amounts.length === 0) {
      return failed(400, "invalid_request_error", "Missing required param: mode, line_items or success_url.");
    }
    const id = `cs_${key.includes("_test_") ? "test" : "live"}_${stored.size + 1}`;
    const session = {
      id,
      object: "checkout.session",
      livemode: !key.includes("_test_"),
      mode: "payment",
      status: "open",
      payment_status: "unpaid",
      amount_total: amounts.reduce((sum, [, cents]) => sum + Number(cents), 0),
      client_reference_id: form["client_reference_id"] ?? null,
      metadata: Object.fromEntries(
        Object.entries(form).flatMap(([name, value]) => {
          const named = /^metadata\[(\w+)\]$/.exec(name)?.[1];
          return named === undefined ? [] : [[named, value]];
        }),
      ),
      success_url: form["success_url"],
      url: `https://checkout.stripe.test/c/pay/${id}`,
    };
    stored.set(id, { account, object: session });
    return [200, session];
  }

  function invoicePayments(call: Call): Answer {
    const wanted = call.query.get("payment[payment_intent]");
    if (wanted !== null && call.query.get("payment[type]") !== "payment_intent") {
      return failed(400, "invalid_request_error", "Missing required param: payment[type].", "parameter_missing");
    }
    const found = visible(call, "invoice_payment").filter(
      (paid) => wanted === null || field(paid["payment"], "payment_intent") === wanted,
    );
    return page(call, found, "/v1/invoice_payments");
  }

  function events(call: Call): Answer {
    const from = Number(call.query.get("created[gte]") ?? 0);
    const types = many(call.query, "types");
    if (types.length > 20) return failed(400, "invalid_request_error", "You may pass up to 20 event types.");
    const found = visible(call, "event")
      .filter((event) => Number(event["created"]) >= from)
      .filter((event) => types.length === 0 || types.includes(String(event["type"])))
      .toSorted((a, b) => Number(b["created"]) - Number(a["created"]));
    return page(call, found, "/v1/events");
  }

  /** What the API leaves out of an invoice unless it is asked for by `expand[]`. */
  function withExpansions(call: Call, invoice: FakeObject): FakeObject {
    const expand = many(call.query, "expand");
    const { payments, discounts, ...rest } = invoice;
    const own = visible(call, "invoice_payment").filter((paid) => paid["invoice"] === invoice.id);
    const withDiscounts = expand.some((path) => path === "discounts" || path.startsWith("discounts."));
    const withCodes = expand.includes("discounts.promotion_code");
    return {
      ...rest,
      discounts: (Array.isArray(discounts) ? discounts : []).map((discount: unknown) => {
        if (!withDiscounts) return field(discount, "id") ?? discount;
        return withCodes ? withPromotionCode(call, discount) : discount;
      }),
      ...(expand.includes("payments")
        ? { payments: payments ?? listOf(own, false, `/v1/invoice_payments?invoice=${invoice.id}`) }
        : {}),
    };
  }

  function withPromotionCode(call: Call, discount: unknown): unknown {
    const code = visible(call, "promotion_code").find(({ id }) => id === field(discount, "promotion_code"));
    return typeof discount === "object" && code !== undefined ? { ...discount, promotion_code: code } : discount;
  }

  function token({ form, key }: Call): Answer {
    if (form["grant_type"] !== "authorization_code") {
      return oauthFailed(400, "unsupported_grant_type", `This grant type is not supported: ${form["grant_type"]}`);
    }
    const code = form["code"] ?? "";
    const granted = codes.get(code);
    if (granted === undefined) {
      return oauthFailed(400, "invalid_grant", `Authorization code does not exist: ${code}`);
    }
    if (granted.used) {
      connected.delete(granted.account);
      const message = `Authorization code already used: ${code}. All tokens issued with this code have been revoked.`;
      return oauthFailed(400, "invalid_grant", message);
    }
    granted.used = true;
    if (granted.livemode === /^[rs]k_test_/.test(key)) {
      return oauthFailed(400, "invalid_grant", `Authorization code was issued in the other mode: ${code}`);
    }
    connected.add(granted.account);
    const mode = granted.livemode ? "live" : "test";
    return [
      200,
      {
        access_token: `sk_${mode}_of_${granted.account}`,
        livemode: granted.livemode,
        refresh_token: `rt_of_${granted.account}`,
        token_type: "bearer",
        stripe_publishable_key: `pk_${mode}_of_${granted.account}`,
        stripe_user_id: granted.account,
        scope: "read_only",
      },
    ];
  }

  function deauthorize({ form }: Call): Answer {
    const account = form["stripe_user_id"] ?? "";
    if (form["client_id"]?.startsWith("ca_") !== true) return oauthFailed(401, "invalid_client", "No such application");
    if (!connected.delete(account)) {
      const message = `This application is not connected to stripe account ${account}, or that account does not exist.`;
      return oauthFailed(401, "invalid_client", message);
    }
    return [200, { stripe_user_id: account }];
  }
}

/** The same request, which is done though an answer is kept under its key. */
function withoutKey(call: Call): Call {
  return { ...call, headers: { ...call.headers, "idempotency-key": undefined } };
}
