import { type Answer, type Call, failed, type FakeObject, listOf, missing, page } from "./fake-stripe-answers.ts";

/** A transfer as the platform that made it sees it. */
export type FakeTransfer = FakeObject & {
  readonly amount: number;
  readonly amount_reversed: number;
  readonly currency: string;
  readonly destination: string;
  readonly transfer_group: string | null;
};

/** What a test decides about the platforms that pay, and what it sees of what they sent. */
export interface FakePayouts {
  /** Every transfer that was made, by whichever platform, the first first. */
  readonly transfers: () => readonly FakeTransfer[];
  /** What was sent under each group. */
  readonly sentByGroup: () => Readonly<Record<string, number>>;
  /** What a platform has of a currency from now on. Without it, it has enough of everything. */
  readonly fund: (key: string, currency: string, cents: number) => void;
  /** An account of the platform's that may receive transfers. */
  readonly addRecipient: (key: string, account: string) => void;
  /** The creator has told Stripe everything: transfers are active; or no longer. */
  readonly setActive: (account: string, isActive: boolean) => void;
  /** Takes a part of a transfer back; answers it as `transfer.reversed` shows it. */
  readonly reverse: (transfer: string, cents: number) => FakeTransfer;
  /** Another key of the same platform. */
  readonly roll: (key: string, to: string) => void;
}

interface Recipient {
  readonly platform: string;
  readonly object: FakeObject;
  isActive: boolean;
}

interface KeptAnswer {
  readonly request: string;
  readonly answer: Answer;
  readonly at: number;
}

/** Stripe may forget a key after this time (docs.stripe.com/api/idempotent_requests); this one does at once. */
const KEY_LIVES_MS = 24 * 3_600_000;
const EXPRESS = {
  "controller[fees][payer]": "application",
  "controller[losses][payments]": "application",
  "controller[requirement_collection]": "stripe",
  "controller[stripe_dashboard][type]": "express",
};

/**
 * The part of Stripe that pays creators: transfers, the accounts that receive them, their onboarding, and idempotency keys.
 * https://docs.stripe.com/api/transfers, https://docs.stripe.com/api/accounts
 */
export function openFakePayouts(now: () => number) {
  const made: FakeTransfer[] = [];
  const madeBy = new Map<string, string>();
  const recipients = new Map<string, Recipient>();
  const balances = new Map<string, number>();
  const platforms = new Map<string, string>();
  const kept = new Map<string, KeptAnswer>();

  const control: FakePayouts = {
    transfers: () => made,
    sentByGroup: () => {
      const sums: Record<string, number> = {};
      for (const { transfer_group: group, amount } of made) sums[group ?? ""] = (sums[group ?? ""] ?? 0) + amount;
      return sums;
    },
    fund: (key, currency, cents) => void balances.set(`${platformOf(key)} ${currency}`, cents),
    addRecipient: (key, account) => addRecipient(platformOf(key), { account, country: "US", isActive: true }),
    setActive(account, isActive) {
      const recipient = recipients.get(account);
      if (recipient === undefined) throw new Error(`no account ${account}`);
      recipient.isActive = isActive;
    },
    reverse(transfer, cents) {
      const at = made.findIndex(({ id }) => id === transfer);
      const before = made[at];
      if (before === undefined) throw new Error(`no transfer ${transfer}`);
      const reversed = before.amount_reversed + cents;
      const after = { ...before, amount_reversed: reversed, reversed: reversed === before.amount };
      made[at] = after;
      return after;
    },
    roll: (key, to) => void platforms.set(to, platformOf(key)),
  };

  return { control, isOurs, isKept, answerOnce, keep };

  /** What was answered under the request's idempotency key, else what `work` answers, which is kept once it has begun. */
  function answerOnce(call: Call): Answer {
    const before = keptFor(call);
    if (before !== null) return before;
    const { answer, hasBegun } = work(call);
    if (hasBegun) keep(call, answer);
    return answer;
  }

  /** Keeps an answer under the request's idempotency key, unless it has one. */
  function keep(call: Call, answer: Answer): void {
    const name = nameOf(call);
    if (name !== null && keptFor(call) === null) kept.set(name, { request: requestOf(call), answer, at: now() });
  }

  function isKept(call: Call): boolean {
    return keptFor(call) !== null;
  }

  function keptFor(call: Call): Answer | null {
    const name = nameOf(call);
    const before = name === null ? undefined : kept.get(name);
    if (before === undefined || now() - before.at >= KEY_LIVES_MS) return null;
    if (before.request === requestOf(call)) return before.answer;
    const message = "Keys for idempotent requests can only be used with the same parameters they were first used with.";
    return failed(400, "idempotency_error", message);
  }

  function nameOf({ method, key, headers }: Call): string | null {
    const given = headers["idempotency-key"];
    return method === "POST" && typeof given === "string" ? `${platformOf(key)} ${given}` : null;
  }

  function work(call: Call): { readonly answer: Answer; readonly hasBegun: boolean } {
    const { method, segments, form } = call;
    const [, collection, id] = segments;
    const platform = platformOf(call.key);
    if (method === "GET" && collection === "account") return read(accountOf(platform));
    if (method === "GET" && collection === "transfers" && id === undefined) {
      const group = call.query.get("transfer_group");
      const own = made.filter((one) => madeBy.get(one.id) === platform);
      const found = own.filter((one) => group === null || one.transfer_group === group);
      return { answer: page(call, found.toReversed(), "/v1/transfers"), hasBegun: false };
    }
    if (collection === "accounts" && method === "GET") return readAccount(platform, id ?? "");
    if (collection === "accounts" && method === "POST") return createAccount(platform, form);
    if (collection === "account_links" && method === "POST") return createLink(platform, form);
    if (collection === "transfers" && method === "POST") return createTransfer(call, platform);
    return invalid(failed(404, "invalid_request_error", "Unrecognized request URL."));
  }

  function createTransfer({ form }: Call, platform: string) {
    for (const name of ["amount", "currency", "destination"]) {
      if (form[name] === undefined) return invalid(missingParam(name));
    }
    const { currency = "", destination = "" } = form;
    const amount = Number(form["amount"]);
    if (!Number.isSafeInteger(amount) || amount < 1) {
      return invalid(
        failed(
          400,
          "invalid_request_error",
          "This value must be greater than or equal to 1.",
          "parameter_invalid_integer",
        ),
      );
    }
    const recipient = recipients.get(destination);
    if (recipient?.platform !== platform) return invalid(missing("destination", destination, 400));
    if (!recipient.isActive) {
      const message =
        "Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments";
      return invalid(failed(400, "invalid_request_error", message, "insufficient_capabilities_for_transfer"));
    }
    const balance = balances.get(`${platform} ${currency}`);
    if (balance !== undefined && balance < amount) {
      const message = "You have insufficient available funds in your Stripe account.";
      return begun(failed(400, "invalid_request_error", message, "balance_insufficient"));
    }
    if (balance !== undefined) balances.set(`${platform} ${currency}`, balance - amount);
    const transfer = {
      id: `tr_${made.length + 1}${idSuffix(form["transfer_group"])}`,
      object: "transfer",
      amount,
      amount_reversed: 0,
      created: Math.floor(now() / 1_000),
      currency,
      destination,
      livemode: true,
      metadata: metadataOf(form),
      reversals: listOf([], false, "/v1/transfers/reversals"),
      reversed: false,
      source_type: "card",
      transfer_group: form["transfer_group"] ?? null,
    };
    made.push(transfer);
    madeBy.set(transfer.id, platform);
    return begun([200, transfer]);
  }

  function createAccount(platform: string, form: Call["form"]) {
    for (const [name, value] of Object.entries(EXPRESS)) {
      if (form[name] !== value)
        return invalid(failed(400, "invalid_request_error", `This fake makes no such account: ${name}`));
    }
    const country = form["country"] ?? "US";
    const isAbroad = country !== "US";
    if (isAbroad !== (form["tos_acceptance[service_agreement]"] === "recipient")) {
      const message = isAbroad
        ? `You cannot request the \`transfers\` capability without the \`card_payments\` capability for accounts in ${country}.`
        : "The recipient ToS agreement is not supported for platforms in US creating accounts in US.";
      return begun(failed(400, "invalid_request_error", message));
    }
    if (form["capabilities[transfers][requested]"] !== "true") return invalid(missingParam("capabilities"));
    const account = `acct_${recipients.size + 1}of${platform.replaceAll(/\W|_/g, "")}`;
    addRecipient(platform, { account, country, isActive: false });
    return begun([200, shown(account)]);
  }

  function readAccount(platform: string, account: string) {
    if (recipients.get(account)?.platform === platform) return read(shown(account));
    const message = `The provided key does not have access to account '${account}' (or that account does not exist).`;
    return invalid(failed(403, "invalid_request_error", message, "account_invalid"));
  }

  function createLink(platform: string, form: Call["form"]) {
    for (const name of ["account", "refresh_url", "return_url", "type"]) {
      if (form[name] === undefined) return invalid(missingParam(name));
    }
    const { account = "" } = form;
    if (recipients.get(account)?.platform !== platform) return invalid(missing("account", account, 400));
    const created = Math.floor(now() / 1_000);
    const url = `https://connect.stripe.com/setup/e/${account}/${created}`;
    return begun([200, { object: "account_link", created, expires_at: created + 300, url }]);
  }

  function addRecipient(
    platform: string,
    { account, country, isActive }: { readonly account: string; readonly country: string; readonly isActive: boolean },
  ): void {
    recipients.set(account, { platform, isActive, object: { ...accountOf(platform), id: account, country } });
  }

  function shown(account: string): unknown {
    const { object, isActive } = recipients.get(account) ?? { object: {}, isActive: false };
    return { ...object, capabilities: { transfers: isActive ? "active" : "inactive" } };
  }

  function platformOf(key: string): string {
    return platforms.get(key) ?? key;
  }
}

/** Whether a request is of this part. */
function isOurs({ method, segments }: Call): boolean {
  const path = `${method} ${segments.slice(0, 2).join("/")}`;
  return /^(?:(?:GET|POST) v1\/(?:transfers|accounts)|GET v1\/account|POST v1\/account_links)$/.test(path);
}

function accountOf(platform: string): FakeObject {
  return { id: `acct_${platform.replaceAll(/\W|_/g, "")}`, object: "account", country: "US", charges_enabled: false };
}

function begun(answer: Answer) {
  return { answer, hasBegun: true };
}

/** Refused before its work began: nothing of it is kept. */
function invalid(answer: Answer) {
  return { answer, hasBegun: false };
}

function read(object: unknown) {
  return invalid([200, object]);
}

function missingParam(name: string): Answer {
  return failed(400, "invalid_request_error", `Missing required param: ${name}.`, "parameter_missing");
}

function requestOf({ method, path, form }: Call): string {
  return JSON.stringify([method, path, Object.entries(form).map(String).toSorted()]);
}

function metadataOf(form: Call["form"]): Readonly<Record<string, string>> {
  const entries = Object.entries(form).flatMap(([name, value]) => {
    const key = /^metadata\[(\w+)\]$/.exec(name)?.[1];
    return key === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(entries);
}

/** So that two fakes have different ones. */
function idSuffix(group: string | undefined): string {
  return (group ?? "").replaceAll(/\W/g, "");
}
