import type { Deps } from "../../deps.ts";
import { dayOf } from "../../domain/maturation.ts";
import { countWaiting, listAppDays, listEarnedDays, type Waiting } from "../../store/app-stats-store.ts";

export { MAX_COUNTED } from "../../store/app-stats-store.ts";

/** Days that an overview shows, today among them. */
const STATS_DAYS = 30;
/** Rows added up for a page: codes by day, and conversions. Beyond it fewer days are shown, and that is said. */
const MAX_SCAN = 20_000;

/** What an app's codes brought in one currency, and what of it is whose. */
export interface EarnedSum {
  readonly currency: string;
  readonly conversions: number;
  readonly netCents: number;
  readonly feeCents: number;
}

/** An app's last days, oldest first, each list with one number a day. */
export interface AppStats {
  readonly days: readonly number[];
  /** True where there is more than could be added up: then it is fewer than `STATS_DAYS` days. */
  readonly isCut: boolean;
  readonly clicks: readonly number[];
  readonly signups: readonly number[];
  readonly conversions: readonly number[];
  /** Commission by day, what creators and platform get together, in each currency. */
  readonly earned: Readonly<Record<string, readonly number[]>>;
  /** The same days in sums; the app's own currency is always there. */
  readonly sums: readonly EarnedSum[];
  readonly waiting: Waiting;
}

/** The last 30 days of an app, or as many of them as `MAX_SCAN` rows tell. */
export async function readAppStats(
  deps: Deps,
  { id, currency }: { readonly id: string; readonly currency: string },
  { scan = MAX_SCAN }: { readonly scan?: number } = {},
): Promise<AppStats> {
  const today = dayOf(deps.now());
  const asked = { fromDay: today - STATS_DAYS + 1, scan };
  const [counted, earned, waiting] = await Promise.all([
    listAppDays(deps.db, id, asked),
    listEarnedDays(deps.db, id, asked),
    countWaiting(deps.db, id),
  ]);
  const from = Math.max(asked.fromDay, ...[counted, earned].map((rows) => firstWholeDay(rows, scan)));
  const days = Array.from({ length: Math.max(1, today - from + 1) }, (_, index) => Math.min(from, today) + index);
  const byDay = new Map(counted.map((row) => [row.day, row]));
  const shown = earned.filter(({ day }) => day >= from);
  const currencies = [...new Set([currency, ...shown.map((row) => row.currency).toSorted()])];
  return {
    days,
    isCut: from > asked.fromDay,
    clicks: days.map((day) => byDay.get(day)?.clicks ?? 0),
    signups: days.map((day) => byDay.get(day)?.signups ?? 0),
    conversions: days.map((day) => byDay.get(day)?.conversions ?? 0),
    earned: Object.fromEntries(currencies.map((code) => [code, seriesOf(shown, { currency: code, days })])),
    sums: currencies.map((code) => sumOf(shown, code)),
    waiting,
  };
}

/** The first day of which all is there: of the last one that was read a part may be missing. */
function firstWholeDay(rows: readonly { readonly day: number; readonly rows: number }[], scan: number): number {
  const scanned = rows.reduce((sum, row) => sum + row.rows, 0);
  const oldest = rows.at(-1);
  return scanned < scan || oldest === undefined ? -Infinity : oldest.day + 1;
}

type Earned = Awaited<ReturnType<typeof listEarnedDays>>[number];

function seriesOf(
  rows: readonly Earned[],
  { currency, days }: { currency: string; days: readonly number[] },
): readonly number[] {
  const own = new Map(rows.filter((row) => row.currency === currency).map((row) => [row.day, row]));
  return days.map((day) => {
    const row = own.get(day);
    return row === undefined ? 0 : row.netCents + row.feeCents;
  });
}

function sumOf(rows: readonly Earned[], currency: string): EarnedSum {
  const own = rows.filter((row) => row.currency === currency);
  const sum = (of: (row: Earned) => number) => own.reduce((total, row) => total + of(row), 0);
  return {
    currency,
    conversions: sum((row) => row.conversions),
    netCents: sum((row) => row.netCents),
    feeCents: sum((row) => row.feeCents),
  };
}
