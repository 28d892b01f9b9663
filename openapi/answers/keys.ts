import * as v from "valibot";
import type { presentIssuedKey, presentKey } from "../../worker/wire/keys.ts";
import { presented } from "../presented.ts";
import { date, listOf, time } from "./common.ts";

export const Key = presented<ReturnType<typeof presentKey>>()(
  v.strictObject({
    id: v.string(),
    name: v.string(),
    prefix: v.pipe(v.string(), v.description("How the key begins.")),
    last4: v.pipe(v.string(), v.description("How it ends.")),
    scopes: v.array(v.picklist(["track", "read", "manage", "payouts"])),
    created_at: time,
    expires_at: v.nullable(time),
    last_used_on: v.pipe(v.nullable(date), v.description("The UTC day of its last use.")),
  }),
);

export const KeyList = listOf("keys", Key);

export const IssuedKey = presented<ReturnType<typeof presentIssuedKey>>()(
  v.strictObject({
    key: Key,
    secret_key: v.pipe(v.string(), v.description("The secret, which no other answer shows.")),
  }),
);
