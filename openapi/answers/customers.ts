import * as v from "valibot";
import type { presentReferral } from "../../worker/wire/customers.ts";
import { presented } from "../presented.ts";
import { time } from "./common.ts";

export const Referral = presented<ReturnType<typeof presentReferral>>()(
  v.strictObject({
    id: v.string(),
    ref: v.string(),
    user_id: v.string(),
    affiliate_id: v.string(),
    status: v.picklist(["active"]),
    created_at: time,
  }),
);
export const OneReferral = v.strictObject({ referral: Referral });
