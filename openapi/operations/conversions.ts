import { HoldSchema } from "../../worker/wire/conversions.ts";
import { key } from "../access.ts";
import { OneConversion } from "../answers/review.ts";
import { answer, described, type Operation } from "../operation.ts";

const tag = "Conversions";
const REASON = described(HoldSchema, { reason: "Why. It is kept for good: put no customer's name into it." });

export const conversionOperations: readonly Operation[] = [
  {
    route: "GET /api/v1/conversions/:conversion_id",
    tag,
    summary: "Read a conversion",
    access: key("read"),
    answers: { 200: answer("The conversion.", OneConversion) },
  },
  {
    route: "POST /api/v1/conversions/:conversion_id/hold",
    tag,
    summary: "Hold a conversion",
    description: "Its money is frozen, day and all, until it is released. Once more changes nothing.",
    access: key("manage"),
    body: [REASON],
    answers: { 200: answer("The conversion as it is now.", OneConversion) },
    errors: ["conflict"],
  },
  {
    route: "POST /api/v1/conversions/:conversion_id/release",
    tag,
    summary: "Release a conversion",
    description: "What was pending is pending again, what was due is due.",
    access: key("manage"),
    body: [REASON],
    answers: { 200: answer("The conversion as it is now.", OneConversion) },
    errors: ["conflict"],
  },
];
