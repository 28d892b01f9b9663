import { type Child, useContext } from "hono/jsx";
import type { AffiliateStatus } from "../../../domain/affiliate-status.ts";
import { type CommissionStatus, commissionStatus } from "../../../domain/conversion-status.ts";
import type { CommissionFacts } from "../../../store/commission-row.ts";
import type { PayoutStatus } from "../../../store/payout-store.ts";
import { AFFILIATES } from "../../../texts/affiliates.ts";
import { CONVERSIONS } from "../../../texts/conversions.ts";
import { PAYOUTS } from "../../../texts/payouts.ts";
import { Badge, type Tone } from "../../components/data.tsx";
import { AffiliatesContext } from "../../components/page.tsx";
import { appPath } from "../head.ts";

const STATUS_TONES = {
  applied: "wait",
  active: "good",
  suspended: "bad",
  revoked: undefined,
} satisfies Record<AffiliateStatus, Tone | undefined>;

export function CreatorStatus({ status }: { status: AffiliateStatus }) {
  return <Badge tone={STATUS_TONES[status]}>{AFFILIATES.statuses[status]}</Badge>;
}

/** What a creator is called: as they call themselves, else by what is known of them. */
export function nameOf({ name, email }: { name: string | null; email: string | null }, otherwise: string): string {
  return name ?? email ?? otherwise;
}

/** A creator with a link to their page, or to a part of it. Where that is switched off, the words alone. */
export function CreatorLink({
  appId,
  id,
  name,
  part = "",
}: {
  appId: string;
  id: string;
  name: Child;
  part?: "" | `#${string}`;
}) {
  if (!useContext(AffiliatesContext)) return <>{name}</>;
  return <a href={appPath(appId, `/affiliates/${id}${part}`)}>{name}</a>;
}

const COMMISSION_TONES = {
  pending: "wait",
  confirmed: "good",
  paid: "accent",
  cancelled: undefined,
} satisfies Record<CommissionStatus, Tone | undefined>;

/** How a commission stands, in at most two words: where its lane keeps it back that comes first. */
export function CommissionState({
  commission,
  now,
}: {
  commission: Pick<CommissionFacts, "status" | "lane">;
  now: number;
}) {
  const status = commissionStatus(commission.status, now);
  const { lane } = commission;
  if (lane === "held" && status === "pending") return <Badge tone="bad">{CONVERSIONS.lanes.held}</Badge>;
  return (
    <>
      <Badge tone={COMMISSION_TONES[status]}>{CONVERSIONS.statuses[status]}</Badge>
      {lane === "review" && (status === "pending" || status === "confirmed") ? (
        <>
          {" "}
          <Badge tone="wait">{CONVERSIONS.lanes.review}</Badge>
        </>
      ) : null}
    </>
  );
}

const PAYOUT_TONES = {
  processing: "wait",
  settled: "good",
  failed: "bad",
} satisfies Record<PayoutStatus, Tone>;

export function PayoutState({ status }: { status: PayoutStatus }) {
  return <Badge tone={PAYOUT_TONES[status]}>{PAYOUTS.payout.states[status]}</Badge>;
}
