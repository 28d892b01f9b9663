import { isbot } from "isbot";
import type { Deps } from "../../deps.ts";
import { foldCode, isCode } from "../../domain/code.ts";
import { dayOf } from "../../domain/maturation.ts";
import { type Caller, callParams } from "../../store/call.ts";
import { readClick, writeClick } from "../../store/click-store.ts";

/** A click as reported, and what its request tells of the visitor. None of it but the host and country is kept. */
export interface Click {
  readonly ref: string;
  readonly referrerHost: string | null;
  readonly country: string | null;
  /**
   * A browser click is the visitor's own request. A server click is a backend's word about one: `visitor` makes it unique,
   * `userAgent` lets a bot be told; without `visitor` each call counts.
   */
  readonly from:
    | { readonly kind: "browser"; readonly ip: string; readonly userAgent: string; readonly prefetch: boolean }
    | { readonly kind: "server"; readonly visitor: string | null; readonly userAgent: string | null };
}

const HOUR_MS = 3_600_000;

/**
 * Records a click and answers whether its code is live: `false` means only that. Bots, prefetches and a visitor's further
 * clicks within the hour are tracked without being counted. Throws DbError when the store is away.
 */
export async function recordClick(deps: Deps, caller: Caller, click: Click): Promise<{ readonly tracked: boolean }> {
  if (!isCode(click.ref)) return { tracked: false };
  const now = deps.now();
  const results = await deps.db.batch(
    writeClick({
      ...callParams(caller, { code: foldCode(click.ref), now }),
      hour: Math.floor(now / HOUR_MS),
      today: dayOf(now),
      visitor: await visitorOf(deps, click, now),
      referrer_host: click.referrerHost,
      country: click.country,
      counts: counts(click) ? 1 : 0,
    }),
  );
  return { tracked: readClick(results) };
}

function counts({ from }: Click): boolean {
  if (from.kind === "server") return from.userAgent === null || (from.userAgent !== "" && !isbot(from.userAgent));
  return !from.prefetch && from.userAgent !== "" && !isbot(from.userAgent);
}

/** A visitor is known for one UTC day, by an HMAC under that day's salt: neither address nor browser can be read from it. */
async function visitorOf(deps: Deps, { from }: Click, now: number): Promise<string> {
  if (from.kind === "server" && from.visitor === null) return deps.newId("visit");
  const nameOf = await deps.salts.visitorsOf(dayOf(now));
  return nameOf(from.kind === "server" ? `server\n${from.visitor ?? ""}` : `browser\n${from.ip}\n${from.userAgent}`);
}
