import type { CommissionFacts } from "../store/commission-row.ts";
import { presentOwnCommission } from "./affiliates.ts";
import { toCsv } from "./csv.ts";

const COLUMNS = [
  "created_at",
  "id",
  "ref",
  "status",
  "lane",
  "currency",
  "amount_cents",
  "refunded_cents",
  "rate_percent",
  "commission_cents",
  "platform_fee_cents",
  "net_commission_cents",
  "available_at",
] as const;

/** An affiliate's own commissions as a file, as their list has them. `cut`: what the last row says where there are more. */
export function commissionsCsv(
  commissions: readonly CommissionFacts[],
  { now, cut }: { now: number; cut: string | null },
): Promise<string> {
  const rows = commissions.map((commission) => {
    const row = presentOwnCommission(commission, now);
    return COLUMNS.map((column) => row[column]);
  });
  return toCsv(COLUMNS, cut === null ? rows : [...rows, [cut, ...COLUMNS.slice(1).map(() => null)]]);
}
