import * as v from "valibot";
import type { presentAccounts, presentJoinPolicy } from "../../worker/wire/join.ts";
import type { presentInvitation, presentTag, presentTerms } from "../../worker/wire/program-terms.ts";
import { presented } from "../presented.ts";
import { count, listOf, percent, time } from "./common.ts";

export const JoinPolicy = presented<ReturnType<typeof presentJoinPolicy>>()(
  v.strictObject({
    accounts: v.picklist(["all", "listed", "none"]),
    countries: v.pipe(v.array(v.string()), v.description("None: from everywhere.")),
    changed_at: v.nullable(time),
  }),
);
export const OneJoinPolicy = v.strictObject({ join: JoinPolicy });

export const JoinAccounts = presented<ReturnType<typeof presentAccounts>>()(
  listOf("accounts", v.strictObject({ account_id: v.string(), created_at: time })),
);

export const Terms = presented<ReturnType<typeof presentTerms>>()(
  v.strictObject({ version: count, text: v.string(), created_at: v.nullable(time) }),
);
export const OneTerms = v.strictObject({ terms: Terms });

export const TagChoice = presented<ReturnType<typeof presentTag>>()(
  v.strictObject({
    cookie_days: count,
    attribution: v.picklist(["last", "first"]),
    changed_at: v.nullable(time),
  }),
);
export const OneTagChoice = v.strictObject({ tag: TagChoice });

export const Invitation = presented<ReturnType<typeof presentInvitation>>()(
  v.strictObject({
    id: v.string(),
    email: v.string(),
    name: v.nullable(v.string()),
    commission_percent: v.pipe(v.nullable(percent), v.description("Null: the app's.")),
    created_at: time,
    accepted_at: v.nullable(time),
  }),
);
export const OneInvitation = v.strictObject({ invitation: Invitation });
export const InvitationList = listOf("invitations", Invitation);
