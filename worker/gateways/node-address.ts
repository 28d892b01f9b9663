import { lookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { isPublicAddress } from "../domain/public-address.ts";

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** What tests put in the place of the network. */
export interface AddressParts {
  readonly resolve?: ((hostname: string) => Promise<readonly Address[]>) | undefined;
  readonly isPublic?: ((ip: string) => boolean) | undefined;
}

export type AddressAnswer =
  | { readonly kind: "public"; readonly addresses: readonly Address[] }
  | { readonly kind: "failed"; readonly reason: "timeout" | "name" | "not_public" };

/**
 * The addresses of a stranger's host, for a machine that may see networks which strangers must not: it is resolved once, and all its
 * addresses must be public ones. Whoever asks connects to these very addresses, by `pinnedTo`: a name that resolves otherwise a moment
 * later leads nowhere.
 */
export async function findPublicAddresses(
  url: URL,
  { signal, resolve = resolveAll, isPublic = isPublicAddress }: AddressParts & { readonly signal: AbortSignal },
): Promise<AddressAnswer> {
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const addresses = await whileWaiting(
    signal,
    resolve(hostname).catch(() => []),
  );
  if (addresses === null) return { kind: "failed", reason: "timeout" };
  if (addresses.length === 0) return { kind: "failed", reason: "name" };
  if (!addresses.every(({ address }) => isPublic(address))) return { kind: "failed", reason: "not_public" };
  return { kind: "public", addresses };
}

/** A request's look-up that answers what is known already. */
export function pinnedTo(addresses: readonly Address[]): LookupFunction {
  return (_hostname, options, answer) => {
    const [first] = addresses;
    if (options.all === true) answer(null, [...addresses]);
    else answer(null, first?.address ?? "", first?.family ?? 4);
  };
}

/** OpenSSL's and Node's own words for a certificate that does not hold. */
export function failureOf(error: unknown): "tls" | "connection" {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_|EPROTO/.test(code) ? "tls" : "connection";
}

/** As every other program on this machine does, by its hosts file too. */
async function resolveAll(hostname: string): Promise<readonly Address[]> {
  return lookup(hostname, { all: true });
}

/** Null when the time is over first. */
function whileWaiting<T>(signal: AbortSignal, work: Promise<T>): Promise<T | null> {
  const over = new Promise<null>((resolve) => {
    signal.addEventListener("abort", () => resolve(null), { once: true });
    if (signal.aborted) resolve(null);
  });
  return Promise.race([work, over]);
}
