import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

/** An object as Stripe has it. Lists and expandable fields are filled in by the fake: it is put as a webhook shows it. */
export type FakeObject = Readonly<Record<string, unknown>> & { readonly id: string; readonly object: string };

/**
 * What goes wrong with one request. `timeout`: it is never answered. `lost`: its work is done, and the connection ends
 * without an answer. `unreadable`: 200, with a body that is no JSON.
 */
export type FakeFault = "500" | "429" | "timeout" | "lost" | "unreadable";

export interface FakeRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The fields of a form. */
  readonly form: Readonly<Record<string, string>>;
}

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
  /** The next requests meet these, one each. */
  readonly fail: (...faults: readonly FakeFault[]) => void;
}

interface Stored {
  readonly account: string | null;
  readonly object: FakeObject;
}

interface Call extends FakeRequest {
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly key: string;
  /** `Stripe-Account`. */
  readonly account: string | null;
}

type Answer = readonly [status: number, body: unknown];

/** Ids in a path by their collection. */
const COLLECTIONS: Readonly<Record<string, string>> = {
  customers: "customer",
  invoices: "invoice",
  promotion_codes: "promotion_code",
  events: "event",
  payment_intents: "payment_intent",
};
/** Stripe's own, where none is asked for. */
const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

/**
 * Stripe's API on this machine, as far as the product uses it: its paths, its shapes of objects, lists and errors, its
 * accounts and modes. https://docs.stripe.com/api, https://docs.stripe.com/connect/oauth-reference
 */
export async function startFakeStripe(): Promise<FakeStripe> {
  const stored = new Map<string, Stored>();
  const codes = new Map<string, { account: string; livemode: boolean; used: boolean }>();
  const connected = new Set<string>();
  const revoked = new Set<string>();
  const requests: FakeRequest[] = [];
  const faults: FakeFault[] = [];

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
    fail: (...next) => void faults.push(...next),
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await readCall(request);
    requests.push({ method: call.method, path: call.path, headers: call.headers, form: call.form });
    const fault = faults.shift();
    if (fault === "timeout") return;
    if (fault === "500") return send(response, failed(500, "api_error", "An unknown error occurred"));
    if (fault === "429")
      return send(response, failed(429, "invalid_request_error", "Request rate limit exceeded", "rate_limit"));
    if (fault === "unreadable") return void response.writeHead(200).end("<html>502 Bad Gateway</html>");
    const answer = answerTo(call);
    if (fault === "lost") return void response.destroy();
    return send(response, answer);
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
    if (method === "GET" && path === "v1/checkout/sessions") return sessions(call);
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

async function readCall(request: IncomingMessage): Promise<Call> {
  const { method = "GET", url: path = "/", headers } = request;
  const { pathname, searchParams } = new URL(path, "http://stripe.test");
  const account = headers["stripe-account"];
  return {
    method,
    path,
    headers,
    form: Object.fromEntries(new URLSearchParams(await text(request))),
    segments: pathname.split("/").slice(1).map(decodeURIComponent),
    query: searchParams,
    key: keyOf(headers.authorization ?? ""),
    account: typeof account === "string" ? account : null,
  };
}

/** A bearer, or the user name of Basic. */
function keyOf(authorization: string): string {
  const [scheme = "", value = ""] = authorization.split(" ");
  if (scheme.toLowerCase() === "bearer") return value;
  return scheme.toLowerCase() === "basic" ? (Buffer.from(value, "base64").toString().split(":")[0] ?? "") : "";
}

/** One page after a cursor. */
function page({ query }: Call, objects: readonly FakeObject[], url: string): Answer {
  const limit = Number(query.get("limit") ?? DEFAULT_LIMIT);
  if (!(limit >= 1 && limit <= MAX_LIMIT)) return failed(400, "invalid_request_error", "Invalid limit.");
  const after = query.get("starting_after");
  const at = objects.findIndex(({ id }) => id === after);
  if (after !== null && at === -1) return missing("object", after, 400);
  const rest = objects.slice(at + 1);
  return [200, listOf(rest.slice(0, limit), rest.length > limit, url)];
}

function listOf(data: readonly FakeObject[], hasMore: boolean, url: string): unknown {
  return { object: "list", data, has_more: hasMore, url };
}

/** The values of `name[]` or `name[0]`, `name[1]`, … */
function many(query: URLSearchParams, name: string): readonly string[] {
  return [...query].filter(([key]) => key.replace(/\[\d*\]$/, "") === name).map(([, value]) => value);
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : null;
}

function missing(type: string, id: string, status = 404): Answer {
  return failed(status, "invalid_request_error", `No such ${type}: '${id}'`, "resource_missing");
}

function failed(status: number, type: string, message: string, code?: string): Answer {
  return [status, { error: { ...(code === undefined ? {} : { code }), message, type } }];
}

function oauthFailed(status: number, error: string, description: string): Answer {
  return [status, { error, error_description: description }];
}

function send(response: ServerResponse, [status, body]: Answer): void {
  response.writeHead(status, { "Content-Type": "application/json", "Request-Id": "req_fake" });
  response.end(JSON.stringify(body));
}
