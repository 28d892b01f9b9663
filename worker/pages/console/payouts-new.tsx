import { type Context, Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { formatMoney } from "../../domain/currency.ts";
import { actorOf } from "../../services/accounts/person.ts";
import { type AppDue, draftOfApps, readDueOfApps } from "../../services/payouts/draft-apps.ts";
import { CONSOLE_PAYOUTS } from "../../texts/console-payouts.ts";
import { creatorWords } from "../../texts/creator-words.ts";
import { toPage } from "../../wire/page.ts";
import { Badge, Card, Empty, Notice, Pager, Table } from "../components/data.tsx";
import { Button, Form } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import { type PageEnv, personOf } from "../context.ts";
import { linksOf, placeIn } from "../dashboard/program/paging.ts";
import { sentBy, withQuery } from "../forms.ts";
import { pageRefusal } from "../refusal.tsx";
import type { ConsoleGuards } from "./access.ts";
import { consolePath } from "./head.ts";
import { payoutPath, payoutsHead } from "./payouts-head.ts";

const { make: WORDS } = CONSOLE_PAYOUTS;

/** Apps of a page, and drafts of one form: each is looked through by itself. */
const APPS = 10;

type Drafted = Awaited<ReturnType<typeof draftOfApps>>;

/** `/settings/affiliates/payouts/new`: what is due in each app, and a draft for each that is ticked. */
export function payoutMakingPages(deps: Deps, { own }: ConsoleGuards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const path = consolePath("/payouts/new");

  routes.get(path, own, (c) => show(c));

  routes.post(path, own, async (c) => {
    const sent = await sentBy(c);
    const appIds = Object.keys(sent).filter((name) => /^app_[\w-]{1,64}$/.test(name));
    if (appIds.length === 0 || appIds.length > APPS) return show(c, { problem: WORDS.noneTicked, status: 400 });
    const drafted = await draftOfApps(deps, { actor: actorOf(personOf(c)), appIds });
    const made = drafted.flatMap(({ appId, batch }) => (batch.ok ? [{ appId, id: batch.value.id }] : []));
    // Each that was not made is named with its reason: too much for an address.
    if (made.length < drafted.length) return show(c, { drafted });
    const [only] = made;
    if (only !== undefined && made.length === 1) {
      return c.redirect(withQuery(payoutPath(only.appId, `/payouts/${only.id}`), { done: "drafted" }), 303);
    }
    return c.redirect(withQuery(consolePath("/payouts"), { done: "draftedAll" }), 303);
  });

  return routes;

  async function show(
    c: Context<PageEnv>,
    told: { readonly problem?: string; readonly drafted?: Drafted; readonly status?: 400 } = {},
  ): Promise<Response> {
    const place = placeIn(c, { limit: APPS });
    if (!place.ok) return pageRefusal(c, place.failure);
    const rows = await readDueOfApps(deps, { after: place.value.after, limit: APPS + 1 });
    const { items, nextCursor } = toPage(
      rows.map((row) => ({ ...row, id: row.app.id, createdAt: row.app.createdAt })),
      APPS,
    );
    const names = new Map(items.map(({ app }) => [app.id, app.name]));
    return page(
      c,
      payoutsHead(c, "make", { title: WORDS.title, lead: WORDS.lead }),
      <div class="stack">
        {told.problem === undefined ? null : <Notice tone="bad" title={told.problem} />}
        {told.drafted === undefined ? null : <Results drafted={told.drafted} names={names} />}
        {items.length === 0 ? (
          <Card>
            <Empty title={WORDS.none}>
              <p>{WORDS.noneText}</p>
            </Empty>
          </Card>
        ) : (
          <Form action={path}>
            <Card title={WORDS.apps}>
              <Apps dues={items} />
              <Pager {...linksOf(c, { next: nextCursor })} />
            </Card>
            <div class="row">
              <Button>{WORDS.make}</Button>
            </div>
          </Form>
        )}
      </div>,
      told.status ?? 200,
    );
  }
}

function Apps({ dues }: { dues: readonly AppDue[] }) {
  const { head } = WORDS;
  return (
    <Table
      caption={WORDS.apps}
      unseen
      rows={dues}
      columns={[
        { head: head.app, cell: (due) => <Tick due={due} /> },
        {
          head: head.due,
          end: true,
          cell: ({ sums }) => (sums.ok ? moneyOf(sums.value) : creatorWords(sums.failure.message)),
        },
        {
          head: head.creators,
          end: true,
          cell: ({ sums }) => (sums.ok ? sums.value.reduce((sum, { lines }) => sum + lines, 0) : null),
        },
        {
          head: "",
          end: true,
          cell: ({ app }) => (
            <Button kind="quiet" slim href={payoutPath(app.id, "/payouts")} about={WORDS.ofApp(app.name)}>
              {WORDS.preview}
            </Button>
          ),
        },
      ]}
    />
  );
}

/** What cannot be paid cannot be ticked. */
function Tick({ due: { app, sums } }: { due: AppDue }) {
  if (!sums.ok || sums.value.length === 0) return <>{app.name}</>;
  const id = `tick-${app.id}`;
  return (
    <div class="choice">
      <input type="checkbox" id={id} name={app.id} value="1" />
      <label for={id}>
        <span class="unseen">{WORDS.tick("")}</span>
        {app.name}
      </label>
    </div>
  );
}

function moneyOf(sums: readonly { readonly currency: string; readonly amountCents: number }[]): string {
  if (sums.length === 0) return WORDS.nothing;
  return sums.map(({ currency, amountCents }) => formatMoney(amountCents, currency)).join(" + ");
}

function Results({ drafted, names }: { drafted: Drafted; names: ReadonlyMap<string, string> }) {
  return (
    <Card title={WORDS.results}>
      <Table
        caption={WORDS.results}
        unseen
        rows={drafted}
        columns={[
          { head: WORDS.head.app, cell: ({ appId }) => <>{names.get(appId) ?? appId}</> },
          {
            head: WORDS.results,
            cell: ({ batch }) =>
              batch.ok ? <Badge tone="good">{WORDS.made}</Badge> : <>{creatorWords(batch.failure.message)}</>,
          },
          {
            head: "",
            end: true,
            cell: ({ appId, batch }) =>
              batch.ok ? (
                <Button kind="quiet" slim href={payoutPath(appId, `/payouts/${batch.value.id}`)} about={appId}>
                  {WORDS.open}
                </Button>
              ) : null,
          },
        ]}
      />
    </Card>
  );
}
