import type { FailureCode } from "../worker/domain/result.ts";
import type { KeyScope } from "../worker/store/key-store.ts";

/** Who may call a route. */
export type Access =
  /** The app's secret key with this scope, or the operator; `own`: also the token of the affiliate it is about. */
  | { readonly kind: "key"; readonly scope: KeyScope; readonly own: boolean }
  /** The same, for one account that `X-Account-Id` names; `tokens`: also that account's own token. */
  | { readonly kind: "account"; readonly scope: KeyScope; readonly tokens: boolean }
  | { readonly kind: "operator" }
  /** Anybody; a key with the scope `track` vouches for the call. */
  | { readonly kind: "track" }
  /** Anybody, without a key. */
  | { readonly kind: "anybody" }
  /** Stripe, by its signature. */
  | { readonly kind: "stripe" };

export const OPERATOR: Access = { kind: "operator" };
export const TRACK: Access = { kind: "track" };
export const ANYBODY: Access = { kind: "anybody" };

/** The app's key with this scope, or the operator. */
export function key(scope: KeyScope): Access {
  return { kind: "key", scope, own: false };
}

/** The same, or the token of the affiliate whose route it is. */
export function keyOrAffiliate(scope: KeyScope): Access {
  return { kind: "key", scope, own: true };
}

/** An account by its own token, or by the app's key and `X-Account-Id`. */
export function account(scope: KeyScope): Access {
  return { kind: "account", scope, tokens: true };
}

/** An account by the app's key and `X-Account-Id` alone. */
export function accountByKey(scope: KeyScope): Access {
  return { kind: "account", scope, tokens: false };
}

/** The schemes of `securitySchemes`, each good alone. An empty one: no credential. */
export function securityOf(access: Access): readonly Readonly<Record<string, readonly string[]>>[] {
  switch (access.kind) {
    case "key": {
      const affiliate = access.own ? [{ affiliateToken: [] }] : [];
      return [{ secretKey: [access.scope] }, { operatorKey: [] }, ...affiliate];
    }
    case "account": {
      const token = access.tokens ? [{ accountToken: [] }] : [];
      return [{ secretKey: [access.scope], accountId: [] }, { operatorKey: [], accountId: [] }, ...token];
    }
    case "operator":
      return [{ operatorKey: [] }];
    case "track":
      return [{}, { secretKey: ["track"] }, { operatorKey: [] }];
    case "anybody":
      return [{}];
    case "stripe":
      return [{ stripeSignature: [] }];
  }
}

/** A sentence on who may call it. */
export function accessInWords(access: Access): string {
  switch (access.kind) {
    case "key": {
      const affiliate = access.own ? ", or the affiliate's own token" : "";
      return `A secret key with the scope \`${access.scope}\`${affiliate}, or the operator's key with \`?app_id=\`.`;
    }
    case "account": {
      const token = access.tokens ? ", or the account's own token" : "";
      const byKey = `A secret key with the scope \`${access.scope}\` and \`X-Account-Id\``;
      return `${byKey}${token}, or the operator's key with \`?app_id=\`.`;
    }
    case "operator":
      return "The operator's key.";
    case "track":
      return "Anybody. A secret key with the scope `track` vouches for the call; never send one from a browser.";
    case "anybody":
      return "Anybody.";
    case "stripe":
      return "Stripe, by its signature.";
  }
}

const KEYED: readonly FailureCode[] = [
  "invalid_request",
  "unauthorized",
  "scope_required",
  "secret_key_in_browser",
  "not_found",
  "rate_limited",
];

/** How the check of the credential can refuse a call. */
export function refusalsOf(access: Access): readonly FailureCode[] {
  switch (access.kind) {
    case "key":
    case "operator":
      return KEYED;
    case "account":
      return access.tokens ? [...KEYED, "origin_not_allowed"] : KEYED;
    case "track":
      return KEYED.filter((code) => code !== "not_found");
    case "anybody":
    case "stripe":
      return [];
  }
}
