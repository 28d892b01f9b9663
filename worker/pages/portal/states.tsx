import type { AffiliateStatus } from "../../domain/affiliate-status.ts";
import { PORTAL } from "../../texts/portal.ts";
import { Badge, Notice, type Tone } from "../components/data.tsx";

const TONES: Readonly<Record<AffiliateStatus, Tone>> = {
  applied: "wait",
  active: "good",
  suspended: "wait",
  revoked: "bad",
};

export function StatusBadge({ status }: { status: AffiliateStatus }) {
  return <Badge tone={TONES[status]}>{PORTAL.statuses[status]}</Badge>;
}

/** What a status other than active means: what still works, and what does not. */
export function StatusNotice({ status }: { status: AffiliateStatus }) {
  if (status === "active") return null;
  const [title, text] = PORTAL.states[status];
  return (
    <Notice tone={status === "revoked" ? "bad" : "wait"} title={title}>
      <p>{text}</p>
    </Notice>
  );
}
