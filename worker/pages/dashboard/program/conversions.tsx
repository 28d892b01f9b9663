import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import type { CommissionStatus } from "../../../domain/conversion-status.ts";
import type { Result } from "../../../domain/result.ts";
import type { Lane } from "../../../domain/trust.ts";
import { nameActors } from "../../../services/accounts/name-actors.ts";
import { holdConversion } from "../../../services/conversions/hold-conversion.ts";
import { readConversions } from "../../../services/conversions/read-conversions.ts";
import { explainConversion } from "../../../services/explain/explain-conversion.ts";
import { shareStory } from "../../../services/explain/share-story.ts";
import { decideConversions } from "../../../services/review/decide-conversions.ts";
import type { OwnersCommission } from "../../../store/review-store.ts";
import { CONVERSIONS } from "../../../texts/conversions.ts";
import { parseHold } from "../../../wire/conversions.ts";
import { parseDecision } from "../../../wire/review.ts";
import { appAccess, signedIn } from "../../access.ts";
import { Card, Empty, Money, Pager, Table, Time } from "../../components/data.tsx";
import { Button, FilterForm, Select } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { type Sent, sentBy, parsed } from "../../forms.ts";
import { pageRefusal } from "../../refusal.tsx";
import { accessOf, appHead, appPath, conversionsHead } from "../head.ts";
import { ConversionTitle, ConversionView } from "./conversion-view.tsx";
import { actorsIn } from "./findings.tsx";
import { goOn, idFrom, notThere, Outcome, statusOf, type Tried, wrongField } from "./form-state.tsx";
import { linksOf, placeIn } from "./paging.ts";
import { CommissionState, CreatorLink } from "./parts.tsx";

/** What the list is narrowed to, by the word in the query. */
const FILTERS = {
  "": { status: null, lane: null },
  pending: { status: "pending", lane: null },
  confirmed: { status: "confirmed", lane: null },
  paid: { status: "paid", lane: null },
  cancelled: { status: "cancelled", lane: null },
  review: { status: null, lane: "review" },
  held: { status: null, lane: "held" },
} as const satisfies Record<string, { status: CommissionStatus | null; lane: Lane | null }>;
type FilterName = keyof typeof FILTERS;

/** `/apps/:appId/conversions`: every payment that came by a creator, one of them in full, and what its owner says of it. */
export function conversionPages(deps: Deps): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const path = "/apps/:appId/conversions";
  const owner = [signedIn(), appAccess(deps)] as const;

  routes.get(path, ...owner, async (c) => {
    const name = c.req.query("show") ?? "";
    if (!isFilter(name)) return notThere(c);
    const place = placeIn(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const app = c.get("app");
    const { conversions, next, now } = await readConversions(deps, app.id, { ...FILTERS[name], ...place.value });
    const links = linksOf(c, { next });
    return page(
      c,
      conversionsHead(c, "all", { title: CONVERSIONS.title, lead: CONVERSIONS.lead }),
      <div class="stack">
        <Outcome c={c} tried={null} done={CONVERSIONS.done} />
        <Card>
          <Filter appId={app.id} name={name} />
          {conversions.length === 0 ? (
            <None name={name} goesOn={links.older !== null} />
          ) : (
            <List appId={app.id} conversions={conversions} now={now} />
          )}
          <Pager {...links} />
        </Card>
      </div>,
    );
  });

  routes.get(`${path}/:id`, ...owner, (c) => show(c));

  for (const action of ["hold", "release"] as const) {
    routes.post(`${path}/:id/${action}`, ...owner, (c) =>
      take(c, action, async (sent, conversionId) => {
        const said = parsed({ reason: sent["reason"] }, parseHold);
        if (!said.ok) return said;
        const call = { actor: accessOf(c).actor, conversionId, action, reason: said.value.reason };
        const done = await holdConversion(deps, c.get("app").id, call);
        return done.ok ? { ok: true, value: action === "hold" ? "held" : "released" } : done;
      }),
    );
  }

  routes.post(`${path}/:id/decide`, ...owner, (c) =>
    take(c, "decide", async (sent, conversionId) => {
      const { decision: wanted, reason } = sent;
      const decision = parsed({ decision: wanted, conversion_ids: [conversionId], reason }, parseDecision);
      if (!decision.ok) return decision;
      const call = { actor: accessOf(c).actor, ...decision.value };
      const { skipped } = await decideConversions(deps, c.get("app").id, call);
      const [one] = skipped;
      if (one !== undefined) return wrongField("decision", CONVERSIONS.review.skips[one.reason]);
      return { ok: true, value: decision.value.decision === "approve" ? "approved" : "rejected" };
    }),
  );

  return routes;

  async function take(
    c: Context<PageEnv>,
    form: string,
    act: (sent: Sent, conversionId: string) => Promise<Result<string>>,
  ): Promise<Response> {
    const id = idFrom(c, "id");
    if (id === null) return notThere(c);
    const sent = await sentBy(c);
    const done = await act(sent, id);
    if (!done.ok) return show(c, { form, sent, failure: done.failure });
    return goOn(c, `/conversions/${id}`, { done: done.value });
  }

  async function show(c: Context<PageEnv>, tried: Tried | null = null): Promise<Response> {
    const id = idFrom(c, "id");
    const app = c.get("app");
    const found = id === null ? null : await explainConversion(deps, app, { conversionId: id, affiliateId: null });
    if (found?.ok !== true) return notThere(c);
    const names = await nameActors(deps, app.id, actorsIn(found.value.timeline));
    const { commission, affiliateId } = found.value.conversion;
    const story = { subject: "conversion", id: commission.id, appId: app.id, affiliateId } as const;
    const shared = c.req.query("share") === "1" ? await shareStory(deps, story) : null;
    return page(
      c,
      appHead(c, "conversions", ConversionTitle({ explanation: found.value })),
      <ConversionView
        c={c}
        app={app}
        explanation={found.value}
        names={names}
        tried={tried}
        now={deps.now()}
        shared={shared}
      />,
      statusOf(tried),
    );
  }
}

function isFilter(name: string): name is FilterName {
  return Object.hasOwn(FILTERS, name);
}

function Filter({ appId, name }: { appId: string; name: FilterName }) {
  const options = Object.entries(CONVERSIONS.filters).map(([value, label]) => ({ value, label }));
  return (
    <FilterForm action={appPath(appId, "/conversions")} label={CONVERSIONS.filter}>
      <Select name="show" label={CONVERSIONS.filterLabel} options={options} value={name} />
      <Button kind="quiet">{CONVERSIONS.show}</Button>
    </FilterForm>
  );
}

function None({ name, goesOn }: { name: FilterName; goesOn: boolean }) {
  if (goesOn) return <p class="soft">{CONVERSIONS.noneUpTo}</p>;
  return (
    <Empty title={name === "" ? CONVERSIONS.none : CONVERSIONS.noneFound}>
      <p>{name === "" ? CONVERSIONS.noneText : CONVERSIONS.noneFoundText}</p>
    </Empty>
  );
}

function List({ appId, conversions, now }: { appId: string; conversions: readonly OwnersCommission[]; now: number }) {
  const { head } = CONVERSIONS;
  return (
    <Table
      caption={CONVERSIONS.title}
      unseen
      rows={conversions}
      columns={[
        { head: head.at, cell: ({ createdAt }) => <Time at={createdAt} /> },
        { head: head.customer, cell: ({ userId }) => <>{userId ?? CONVERSIONS.erased}</> },
        {
          head: head.creator,
          cell: ({ affiliateId, affiliateEmail, ref }) => (
            <CreatorLink appId={appId} id={affiliateId} name={affiliateEmail ?? ref} />
          ),
        },
        { head: head.amount, end: true, cell: (row) => <Paid commission={row} /> },
        { head: head.net, end: true, cell: ({ netCents, currency }) => <Money cents={netCents} currency={currency} /> },
        { head: head.status, cell: (row) => <CommissionState commission={row} now={now} /> },
        {
          head: "",
          end: true,
          cell: ({ id }) => (
            <Button kind="quiet" slim href={appPath(appId, `/conversions/${id}`)} about={id}>
              {CONVERSIONS.details}
            </Button>
          ),
        },
      ]}
    />
  );
}

function Paid({ commission }: { commission: OwnersCommission }) {
  const { terms, status, currency } = commission;
  return (
    <>
      <Money cents={terms.capturedCents} currency={currency} />
      {status.refundedCents === 0 ? null : (
        <div class="soft small">
          {CONVERSIONS.refunded} <Money cents={status.refundedCents} currency={currency} />
        </div>
      )}
    </>
  );
}
