import { isbot } from "isbot";
import type { Deps } from "../../deps.ts";
import { foldCode, isCode } from "../../domain/code.ts";
import { dayOf } from "../../domain/maturation.ts";
import type { ClickQueue } from "../../gateways/click-queue.ts";
import { ok, type Result } from "../../domain/result.ts";
import { type Caller, callParams } from "../../store/call.ts";
import { readClick, writeClick } from "../../store/click-store.ts";
import { originNotAllowed, runCall } from "./run-call.ts";

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
 * clicks within the hour are tracked without being counted. Fails with `origin_not_allowed`. Throws DbError when the store
 * is away.
 *
 * Without a queue a click is one batch, answered after its commit. With one it is looked up, at most once in a while, and
 * answered once the queue has it: `writeClicks` counts it.
 */
export async function recordClick(deps: Deps, caller: Caller, click: Click): Promise<Result<ClickReceipt>> {
  if (!isCode(click.ref)) return ok({ tracked: false });
  const now = deps.now();
  if (deps.clickQueue !== null) return queueClick(deps, deps.clickQueue, { caller, click, now });
  return writeNow(deps, { caller, click, now, visitor: await visitorOf(deps, click, now) });
}

export interface ClickReceipt {
  readonly tracked: boolean;
}

interface Landing {
  readonly caller: Caller;
  readonly click: Click;
  readonly now: number;
}

async function writeNow(
  deps: Deps,
  { caller, click, now, visitor }: Landing & { readonly visitor: string },
): Promise<Result<ClickReceipt>> {
  const code = foldCode(click.ref);
  const batch = writeClick({
    ...callParams(caller, { code, now }),
    hour: hourOf(now),
    visitor,
    referrer_host: click.referrerHost,
    country: click.country,
    counts: counts(click) ? 1 : 0,
  });
  const results = await runCall(deps, caller, { code, now, batch });
  return results.ok ? ok({ tracked: readClick(results.value) }) : results;
}

async function queueClick(
  deps: Deps,
  queue: ClickQueue,
  { caller, click, now }: Landing,
): Promise<Result<ClickReceipt>> {
  const code = foldCode(click.ref);
  const live = await deps.codes.find(code);
  if (live === null || (caller.appId !== null && caller.appId !== live.appId)) return ok({ tracked: false });
  const origin = caller.source === "public" ? caller.origin : null;
  if (origin !== null && live.origins.length > 0 && !live.origins.includes(origin)) return originNotAllowed();
  if (!counts(click)) return ok({ tracked: true });
  const visitor = await visitorOf(deps, click, now);
  const { referrerHost, country } = click;
  try {
    await queue.send({ appId: live.appId, code, hour: hourOf(now), visitor, referrerHost, country });
    return ok({ tracked: true });
  } catch (error) {
    // Perhaps it was taken all the same: under the same hour and visitor it counts once.
    deps.log({ level: "error", queue: "clicks", error: String(error) });
    return writeNow(deps, { caller, click, now, visitor });
  }
}

function hourOf(epochMillis: number): number {
  return Math.floor(epochMillis / HOUR_MS);
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
