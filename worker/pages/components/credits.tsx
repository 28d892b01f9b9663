import type { Redemption } from "../../store/redemption-store.ts";
import { CREDITS } from "../../texts/credits.ts";
import { Badge, type Tone } from "./data.tsx";

/** How a friend who was brought stands: one who waits may have waited too long, or for a code that is no more. */
export type CreditStateName = keyof typeof CREDITS.states;

export function stateOf({ status, isExpired, isCodeLive }: Redemption): CreditStateName {
  if (status !== "pending") return status;
  if (isExpired) return "expired";
  return isCodeLive ? "pending" : "dead";
}

const TONES = {
  pending: "wait",
  expired: undefined,
  dead: undefined,
  successful: "good",
  capped: "accent",
  revoked: "bad",
} satisfies Record<CreditStateName, Tone | undefined>;

export function CreditState({ redemption }: { redemption: Redemption }) {
  const state = stateOf(redemption);
  return <Badge tone={TONES[state]}>{CREDITS.states[state]}</Badge>;
}
