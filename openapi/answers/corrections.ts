import * as v from "valibot";
import type { presentCorrection } from "../../worker/wire/corrections.ts";
import { presented } from "../presented.ts";
import { cents, currencyCode, listOf, time } from "./common.ts";

export const Correction = presented<ReturnType<typeof presentCorrection>>()(
  v.strictObject({
    id: v.string(),
    affiliate_id: v.string(),
    currency: currencyCode,
    amount_cents: v.pipe(cents, v.description("Below zero: it is owed back.")),
    kind: v.picklist(["correction", "opening", "transfer_return"]),
    reason: v.string(),
    actor: v.pipe(v.nullable(v.string()), v.description("Who made it. Null to an affiliate's token.")),
    payout_id: v.pipe(v.nullable(v.string()), v.description("The payout that settled it.")),
    created_at: time,
  }),
);
export const OneCorrection = v.strictObject({ correction: Correction });
export const CorrectionList = listOf("corrections", Correction);
