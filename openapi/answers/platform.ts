import * as v from "valibot";
import type { presentFlagLine } from "../../worker/wire/flags.ts";
import { presented } from "../presented.ts";
import { time } from "./common.ts";
import { FlagStates } from "./flags.ts";

const set = v.optional(v.nullable(v.boolean()));

export const FlagChange = presented<ReturnType<typeof presentFlagLine>>()(
  v.strictObject({
    id: v.string(),
    at: time,
    actor: v.string(),
    after: v.pipe(
      v.strictObject({ enable_platform_referrals: set, enable_settings_affiliates: set }),
      v.description("What was set; null: given back to the environment."),
    ),
  }),
);

export const PlatformFlags = v.strictObject({
  flags: FlagStates,
  changes: v.pipe(v.array(FlagChange), v.description("The last 50, newest first.")),
});
