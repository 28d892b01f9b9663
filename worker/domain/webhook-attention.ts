/** Four tries are made within it: a server that is back by then has missed nothing. */
export const ATTENTION_MS = 3_600_000;

/** How an endpoint stands, as far as it says whether somebody has to do something. */
export interface EndpointStanding {
  readonly disabledReason: "owner" | "failing" | "gone" | null;
  readonly failingSince: number | null;
}

/** Whether an owner should know of an endpoint without asking: nothing gets through for an hour, or it was switched off for that. */
export function needsAttention({ disabledReason, failingSince }: EndpointStanding, now: number): boolean {
  if (disabledReason !== null) return disabledReason !== "owner";
  return failingSince !== null && failingSince <= now - ATTENTION_MS;
}
