import { Hono } from "hono";
import { useContext } from "hono/jsx";
import type { Deps } from "../../../deps.ts";
import { startOfDay } from "../../../domain/maturation.ts";
import { formatMoney } from "../../../domain/currency.ts";
import { type AppStats, MAX_COUNTED, readAppStats } from "../../../services/programs/read-app-stats.ts";
import { readSetup, type SetupView } from "../../../services/programs/read-setup.ts";
import { readTagChoice } from "../../../services/programs/read-tag-choice.ts";
import { readEndpoints } from "../../../services/webhooks/read-endpoints.ts";
import type { App } from "../../../store/app-store.ts";
import { SETUP } from "../../../texts/setup.ts";
import { Chart } from "../../components/chart.tsx";
import { CopyBlock } from "../../components/copy.tsx";
import { Badge, Card, Money, Notice, Stat, Stats } from "../../components/data.tsx";
import { Button } from "../../components/form.tsx";
import { AffiliatesContext, page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { Live, streamPart } from "../../live.tsx";
import { appHead, appPath } from "../head.ts";
import { AttentionToAll, WEBHOOKS_PATH } from "../webhooks/parts.tsx";
import { Checklist, progressOf } from "./checklist.tsx";
import type { Guards } from "./guards.ts";
import { DoneNotice, htmlOf } from "./parts.tsx";
import { htmlTag } from "./snippets.ts";
import { KeyedOffer } from "./keyed-offer.tsx";

const { overview: WORDS } = SETUP;

/** `/apps/:appId`: what is left to set up, and how the last days went. */
export function overviewPages(deps: Deps, { own }: Guards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const { publicUrl } = deps.config;

  routes.get("/apps/:appId", own, async (c) => {
    const app = c.get("app");
    const [setup, tag, endpoints] = await Promise.all([
      readSetup(deps, app.id),
      readTagChoice(deps, app.id),
      readEndpoints(deps, app.id),
    ]);
    const isRunning = setup.clicked || setup.done.event;
    const stats = isRunning ? await readAppStats(deps, app) : null;
    const left = setup.isComplete ? null : <SettingUp app={app} setup={setup} publicUrl={publicUrl} />;
    return page(
      c,
      appHead(c, "overview", {
        title: app.name,
        lead: WORDS.lead,
        actions: <Actions app={app} publicUrl={publicUrl} />,
        chart: stats !== null,
      }),
      <div class="stack">
        <DoneNotice c={c} />
        {app.mode === "test" ? (
          <Notice tone="wait">
            <p>{WORDS.testMode}</p>
          </Notice>
        ) : null}
        <AttentionToAll endpoints={endpoints} path={appPath(app.id, WEBHOOKS_PATH)} now={deps.now()} />
        {setup.vouched && app.conversions === "open" ? <KeyedOffer appId={app.id} /> : null}
        {stats === null ? (
          <div class="columns">
            {left}
            <TagCard app={app} tag={htmlTag({ ...tag, publicUrl, appId: app.id })} />
          </div>
        ) : (
          <div class={left === null ? "stack" : "columns aside"}>
            <Numbers app={app} stats={stats} />
            {left}
          </div>
        )}
      </div>,
    );
  });

  routes.get("/apps/:appId/live/checklist", own, (c) => {
    const app = c.get("app");
    return streamPart(c, async () => {
      const setup = await readSetup(deps, app.id);
      return htmlOf(<Checklist app={app} setup={setup} publicUrl={publicUrl} />);
    });
  });

  return routes;
}

function Actions({ app, publicUrl }: { app: App; publicUrl: string }) {
  return (
    <>
      <Button kind="quiet" href={appPath(app.id, "/tag")}>
        {WORDS.tag}
      </Button>
      <Button kind="quiet" href={`${publicUrl}/join/${app.id}`}>
        {WORDS.joinPage}
      </Button>
    </>
  );
}

function SettingUp({ app, setup, publicUrl }: { app: App; setup: SetupView; publicUrl: string }) {
  return (
    <Card title={WORDS.setup} lead={WORDS.setupLead} aside={<Badge tone="accent">{progressOf(setup)}</Badge>}>
      <Live src={appPath(app.id, "/live/checklist")}>
        <Checklist app={app} setup={setup} publicUrl={publicUrl} />
      </Live>
    </Card>
  );
}

function TagCard({ app, tag }: { app: App; tag: string }) {
  return (
    <Card title={WORDS.tag} lead={WORDS.tagLead}>
      <CopyBlock value={tag} label={WORDS.tag} />
      <Button kind="quiet" slim href={appPath(app.id, "/tag")}>
        {WORDS.allForms}
      </Button>
    </Card>
  );
}

function Numbers({ app, stats }: { app: App; stats: AppStats }) {
  const days = stats.days.map((day) => new Date(startOfDay(day)).toISOString().slice(0, 10));
  return (
    <div class="stack">
      <Waiting app={app} stats={stats} />
      <Card title={WORDS.last(days.length)} lead={stats.isCut ? WORDS.cut(days.length) : undefined}>
        <Stats>
          <Stat label={WORDS.clicks}>{sum(stats.clicks)}</Stat>
          <Stat label={WORDS.signups}>{sum(stats.signups)}</Stat>
          <Stat label={WORDS.conversions}>{sum(stats.conversions)}</Stat>
        </Stats>
        <Chart
          title={WORDS.chart}
          days={days}
          series={[
            { label: WORDS.clicks, values: stats.clicks },
            { label: WORDS.signups, values: stats.signups },
            { label: WORDS.conversions, values: stats.conversions },
          ]}
        />
      </Card>
      <Card title={WORDS.commissions}>
        <Stats>
          {stats.sums.map(({ currency, netCents, feeCents }) => (
            <Stat label={WORDS.commissionsIn(currency)} note={shareOf({ currency, netCents, feeCents })}>
              <Money cents={netCents + feeCents} currency={currency} />
            </Stat>
          ))}
        </Stats>
        <Chart
          title={WORDS.earnedChart}
          days={days}
          series={Object.entries(stats.earned).map(([currency, values]) => ({
            label: currency.toUpperCase(),
            values,
            currency,
          }))}
        />
      </Card>
    </div>
  );
}

function sum(values: readonly number[]): string {
  return String(values.reduce((total, value) => total + value, 0));
}

function shareOf({ currency, netCents, feeCents }: { currency: string; netCents: number; feeCents: number }) {
  if (feeCents === 0) return WORDS.shareAlone;
  return WORDS.share(formatMoney(netCents, currency), formatMoney(feeCents, currency));
}

function Waiting({ app, stats }: { app: App; stats: AppStats }) {
  const { review, held, applied } = stats.waiting;
  const manages = useContext(AffiliatesContext);
  const waiting = [
    { count: review, label: WORDS.review, note: WORDS.reviewNote, path: "/conversions/review?lane=review" },
    { count: held, label: WORDS.held, note: WORDS.heldNote, path: "/conversions/review?lane=held" },
    { count: applied, label: WORDS.applied, note: WORDS.appliedNote, path: "/affiliates?status=applied" },
  ];
  return (
    <Stats>
      {waiting.map(({ count, label, note, path }) => (
        <Stat label={label} note={note}>
          {count === 0 || (path.startsWith("/affiliates") && !manages) ? (
            SETUP.atMost(count, MAX_COUNTED)
          ) : (
            <a href={appPath(app.id, path)}>{SETUP.atMost(count, MAX_COUNTED)}</a>
          )}
        </Stat>
      ))}
    </Stats>
  );
}
