import * as v from "valibot";
import type { presentFlags } from "../../worker/wire/flags.ts";
import { presented } from "../presented.ts";

export const FlagState = v.strictObject({
  enabled: v.boolean(),
  from: v.pipe(v.picklist(["app", "installation", "environment"]), v.description("What says so.")),
});

/** Both flags, as an app and the installation have them. */
export const flags = {
  enable_platform_referrals: FlagState,
  enable_settings_affiliates: FlagState,
};

export const FlagStates = presented<ReturnType<typeof presentFlags>>()(v.strictObject(flags));
