import type { Deps } from "../../deps.ts";
import { dayOf } from "../../domain/maturation.ts";
import { type ClickCount, listClickCounts, listNewestEvents, type StoredEvent } from "../../store/activity-store.ts";
import { type DropLine, listDrops } from "../../store/drop-store.ts";

/** Events that the live log shows. */
const MAX_EVENTS = 20;
/** Codes whose clicks it counts, today's and yesterday's. */
const MAX_CODES = 200;

/** A line of the live log: what happened, or a call that was refused. */
export type ActivityEvent = StoredEvent | { readonly kind: "refused"; readonly at: number; readonly call: DropLine };

/** What happened in an app of late. */
export interface Activity {
  /** Newest first. */
  readonly events: readonly ActivityEvent[];
  /** Of today and yesterday (UTC), the codes with the most first. */
  readonly clicks: readonly ClickCount[];
  readonly today: number;
}

/** The newest events of an app, of whatever kind, newest first, and the clicks of two days. */
export async function readActivity(deps: Deps, appId: string): Promise<Activity> {
  const today = dayOf(deps.now());
  const newest = { kind: null, reason: null, before: Number.MAX_SAFE_INTEGER, limit: MAX_EVENTS };
  const [stored, refused, clicks] = await Promise.all([
    listNewestEvents(deps.db, appId, MAX_EVENTS),
    listDrops(deps.db, appId, newest),
    listClickCounts(deps.db, appId, { fromDay: today - 1, limit: MAX_CODES }),
  ]);
  const drops = refused.map((call) => ({ kind: "refused", at: call.createdAt, call }) as const);
  const events = [...stored, ...drops].toSorted((a, b) => b.at - a.at).slice(0, MAX_EVENTS);
  return { events, clicks: clicks.toSorted((a, b) => b.day - a.day || b.clicks - a.clicks), today };
}
