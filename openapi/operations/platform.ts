import { FlagsSchema } from "../../worker/wire/flags.ts";
import { OPERATOR } from "../access.ts";
import { PlatformFlags } from "../answers/platform.ts";
import { answer, described, type Operation } from "../operation.ts";

const tag = "Operations";

export const platformOperations: readonly Operation[] = [
  {
    route: "GET /api/v1/platform/flags",
    tag,
    summary: "Read the installation's flags",
    access: OPERATOR,
    answers: { 200: answer("How they stand, and who changed them.", PlatformFlags) },
  },
  {
    route: "PATCH /api/v1/platform/flags",
    tag,
    summary: "Set the installation's flags",
    description: "What is left out stays; null gives one back to the environment.",
    access: OPERATOR,
    body: [
      described(FlagsSchema, {
        enable_platform_referrals: "Whether there are friend referrals.",
        enable_settings_affiliates: "Whether there is the console of affiliates.",
      }),
    ],
    answers: { 200: answer("How they stand now.", PlatformFlags) },
  },
];
