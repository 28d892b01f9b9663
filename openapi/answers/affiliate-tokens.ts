import * as v from "valibot";
import type { presentIssuedToken, presentToken } from "../../worker/wire/affiliate-tokens.ts";
import { presented } from "../presented.ts";
import { date, listOf, time } from "./common.ts";

export const AffiliateToken = presented<ReturnType<typeof presentToken>>()(
  v.strictObject({
    id: v.string(),
    name: v.string(),
    prefix: v.pipe(v.string(), v.description("How the token begins.")),
    last4: v.pipe(v.string(), v.description("How it ends.")),
    created_at: time,
    expires_at: v.nullable(time),
    last_used_on: v.pipe(v.nullable(date), v.description("The UTC day of its last use.")),
  }),
);

export const AffiliateTokenList = listOf("tokens", AffiliateToken);

export const IssuedAffiliateToken = presented<ReturnType<typeof presentIssuedToken>>()(
  v.strictObject({
    token: AffiliateToken,
    secret: v.pipe(v.string(), v.description("The token itself, which no other answer shows.")),
  }),
);
