import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { nameActors } from "../../../services/accounts/name-actors.ts";
import { type RedemptionReport, reportRedemption } from "../../../services/credits/read-credit-report.ts";
import { revokeRedemption } from "../../../services/credits/revoke-redemption.ts";
import { parseRevocation } from "../../../wire/credits.ts";
import { appAccess, signedIn } from "../../access.ts";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { parsed, sentBy } from "../../forms.ts";
import { accessOf, appHead } from "../head.ts";
import { goOn, idFrom, notThere, statusOf, type Tried } from "../program/form-state.tsx";
import { RedemptionTitle, RedemptionView } from "./redemption-view.tsx";

/** `/apps/:appId/credits/:id`: one friend who was brought, what happened since, and taking it back. */
export function redemptionPages(deps: Deps): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const path = "/apps/:appId/credits/:id";
  const owner = [signedIn(), appAccess(deps)] as const;

  routes.get(path, ...owner, (c) => show(c));

  routes.post(`${path}/revoke`, ...owner, async (c) => {
    const report = await reportOf(c);
    if (report === null) return notThere(c);
    const sent = await sentBy(c);
    const { id } = report.redemption;
    const revocation = parsed({ redemption_id: id, reason: sent["reason"] }, parseRevocation);
    if (!revocation.ok) return show(c, { form: "revoke", sent, failure: revocation.failure });
    const { reason } = revocation.value;
    const revoked = await revokeRedemption(deps, c.get("app").id, {
      actor: accessOf(c).actor,
      redemptionId: id,
      reason,
    });
    return revoked.ok ? goOn(c, `/credits/${id}`, { done: "revoked" }) : notThere(c);
  });

  return routes;

  async function show(c: Context<PageEnv>, tried: Tried | null = null): Promise<Response> {
    const report = await reportOf(c);
    if (report === null) return notThere(c);
    const app = c.get("app");
    const names = await nameActors(deps, app.id, report.revokedBy === null ? [] : [report.revokedBy]);
    return page(
      c,
      appHead(c, "credits", RedemptionTitle({ report })),
      <RedemptionView c={c} app={app} report={report} names={names} tried={tried} />,
      statusOf(tried),
    );
  }

  async function reportOf(c: Context<PageEnv>): Promise<RedemptionReport | null> {
    const id = idFrom(c, "id");
    const report = id === null ? null : await reportRedemption(deps, c.get("app").id, id);
    return report?.ok === true ? report.value : null;
  }
}
