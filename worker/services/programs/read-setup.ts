import type { Deps } from "../../deps.ts";
import { findSetup, type Setup } from "../../store/setup-store.ts";

/** The steps of an app's set-up, in the order in which they make sense. */
export const SETUP_STEPS = ["created", "tag", "creators", "click", "event", "trust", "payouts"] as const;
export type SetupStep = (typeof SETUP_STEPS)[number];

/** Which steps are done, and what else is known on the way. */
export interface SetupView extends Setup {
  readonly done: Readonly<Record<SetupStep, boolean>>;
  /** True when nothing is left to do. */
  readonly isComplete: boolean;
}

/** How far an app has come, from what is stored: a click, a signup, a setting. */
export async function readSetup(deps: Deps, appId: string): Promise<SetupView> {
  const setup = await findSetup(deps.db, appId);
  const isReported = setup.signedUp || setup.converted || setup.vouched;
  const done = {
    created: true,
    // Whoever was counted came by the tag, or by a backend that has no need of it.
    tag: setup.verified || setup.clicked,
    click: setup.clicked,
    event: isReported || setup.stripe,
    creators: setup.creators,
    trust: setup.trustDecided,
    payouts: setup.payoutsDecided,
  };
  return { ...setup, done, isComplete: SETUP_STEPS.every((step) => done[step]) };
}
