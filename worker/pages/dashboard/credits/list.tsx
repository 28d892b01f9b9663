import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { REDEMPTION_STATUSES, type RedemptionStatus } from "../../../domain/redemption-status.ts";
import { readTotalsOfCredits } from "../../../services/credits/read-credit-report.ts";
import { readRedemptions } from "../../../services/credits/revoke-redemption.ts";
import type { CreditTotals } from "../../../store/credit-report-store.ts";
import { CREDITS } from "../../../texts/credits.ts";
import { toPage } from "../../../wire/page.ts";
import { appAccess, signedIn } from "../../access.ts";
import { Card, Empty, Notice, Pager, Stat, Stats } from "../../components/data.tsx";
import { Button, Field, FilterForm, Select } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { pageRefusal } from "../../refusal.tsx";
import { appHead, appPath } from "../head.ts";
import { notThere } from "../program/form-state.tsx";
import { linksOf, placeIn } from "../program/paging.ts";
import { RedemptionTable } from "./parts.tsx";

const { owner: words } = CREDITS;

/** `/apps/:appId/credits`: what friend credits come to, and every friend who was brought, the newest first. */
export function creditListPages(deps: Deps): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get("/apps/:appId/credits", signedIn(), appAccess(deps), async (c) => {
    const status = statusIn(c);
    if (status === undefined) return notThere(c);
    const place = placeIn(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const { after, limit } = place.value;
    const app = c.get("app");
    const [totals, rows] = await Promise.all([
      readTotalsOfCredits(deps, app.id),
      readRedemptions(deps, app.id, { after, limit: limit + 1, status }),
    ]);
    const { items, nextCursor } = toPage(rows, limit);
    return page(
      c,
      appHead(c, "credits", {
        title: words.title,
        lead: words.lead,
        actions: (
          <Button kind="quiet" href={appPath(app.id, "/settings/credits")}>
            {words.settings}
          </Button>
        ),
      }),
      <div class="stack">
        {app.credits.accounts === "none" ? (
          <Notice tone="wait" title={words.off}>
            <p>{words.offText}</p>
          </Notice>
        ) : null}
        <Totals totals={totals} />
        <Card title={words.list}>
          <Filters appId={app.id} status={status} />
          {items.length === 0 ? <None isAll={status === null} /> : <RedemptionTable appId={app.id} rows={items} />}
          <Pager {...linksOf(c, { next: nextCursor })} />
        </Card>
        <Card title={words.find}>
          <Find appId={app.id} />
        </Card>
      </div>,
    );
  });

  return routes;
}

/** Null: all of them. Undefined: what no status is. */
function statusIn(c: Context<PageEnv>): RedemptionStatus | null | undefined {
  const asked = c.req.query("status") ?? "";
  if (asked === "") return null;
  return REDEMPTION_STATUSES.find((status) => status === asked);
}

function Totals({ totals }: { totals: CreditTotals }) {
  const { awarded, takenBack, spent, open, redemptions } = totals;
  return (
    <Stats>
      <Stat label={words.awarded} note={takenBack === 0 ? undefined : words.awardedNote(takenBack)}>
        {CREDITS.number(awarded)}
      </Stat>
      <Stat label={words.open} note={words.openNote}>
        {CREDITS.number(open)}
      </Stat>
      <Stat label={words.spent}>{CREDITS.number(spent)}</Stat>
      <Stat
        label={words.joined}
        note={redemptions.capped === 0 ? undefined : words.joinedNote(redemptions.capped)}
        tone="good"
      >
        {CREDITS.number(redemptions.successful)}
      </Stat>
      <Stat label={words.waiting} note={words.waitingNote}>
        {CREDITS.number(redemptions.pending)}
      </Stat>
      <Stat label={words.revoked}>{CREDITS.number(redemptions.revoked)}</Stat>
    </Stats>
  );
}

function Filters({ appId, status }: { appId: string; status: RedemptionStatus | null }) {
  const options = REDEMPTION_STATUSES.map((value) => ({ value, label: words.statuses[value] }));
  return (
    <FilterForm action={appPath(appId, "/credits")} label={words.filter}>
      <Select
        name="status"
        label={words.status}
        value={status ?? ""}
        options={[{ value: "", label: words.any }, ...options]}
      />
      <Button kind="quiet">{words.show}</Button>
    </FilterForm>
  );
}

function None({ isAll }: { isAll: boolean }) {
  return (
    <Empty title={isAll ? words.none : words.noneFound}>
      <p>{isAll ? words.noneText : words.noneFoundText}</p>
    </Empty>
  );
}

/** To the page of one account. */
export function Find({ appId, account }: { appId: string; account?: string }) {
  return (
    <FilterForm action={appPath(appId, "/credits/account")} label={words.find}>
      <Field
        name="id"
        type="search"
        label={words.findLabel}
        hint={words.findHint}
        value={account}
        required
        maxlength={256}
      />
      <Button kind="quiet">{words.findDo}</Button>
    </FilterForm>
  );
}
