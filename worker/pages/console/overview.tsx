import { Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { formatMoney } from "../../domain/currency.ts";
import { MAX_COUNTED, readInstallation } from "../../services/operations/read-console.ts";
import type { Attention, Sums } from "../../store/console-store.ts";
import { CONSOLE } from "../../texts/console.ts";
import { CONSOLE_OVERVIEW as WORDS } from "../../texts/console-apps.ts";
import { Card, Empty, Money, Stat, Stats } from "../components/data.tsx";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";
import type { ConsoleGuards } from "./access.ts";
import { CONSOLE_PATH, consoleHead, consolePath } from "./head.ts";

/** `/settings/affiliates`: how the installation stands, and what waits for somebody. */
export function overviewPages(deps: Deps, { own }: ConsoleGuards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  routes.get(CONSOLE_PATH, own, async (c) => {
    const { sums, attention } = await readInstallation(deps);
    return page(
      c,
      consoleHead(c, "overview", { title: CONSOLE.tabs.overview, lead: WORDS.lead }),
      <div class="stack">
        {sums.length === 0 ? (
          <Card>
            <Empty title={WORDS.nothing}>
              <p>{WORDS.nothingText}</p>
            </Empty>
          </Card>
        ) : (
          sums.map((one) => <SumsOf sums={one} />)
        )}
        <Waiting attention={attention} />
      </div>,
    );
  });
  return routes;
}

/** What an app's books, or all apps', come to in one currency. */
export function SumsOf({ sums }: { sums: Sums }) {
  const { currency, capturedCents, refundedCents, earned, adjustedCents, paidCents, feeCents, collectedCents } = sums;
  const money = (cents: number) => formatMoney(cents, currency);
  const { clearCents, reviewCents, heldCents } = earned;
  return (
    <section class="stack close" aria-label={WORDS.in(currency)}>
      <h2>{WORDS.in(currency)}</h2>
      <Stats>
        <Stat label={WORDS.gross} note={WORDS.grossNote(money(capturedCents), money(refundedCents))}>
          <Money cents={capturedCents - refundedCents} currency={currency} />
        </Stat>
        <Stat label={WORDS.commissions} note={WORDS.commissionsNote(money(paidCents))}>
          <Money cents={clearCents + reviewCents + heldCents + adjustedCents} currency={currency} />
        </Stat>
        <Stat label={WORDS.waiting} note={WORDS.waitingNote(money(reviewCents), money(heldCents))}>
          <Money cents={reviewCents + heldCents} currency={currency} />
        </Stat>
        <Stat label={WORDS.fee} note={WORDS.feeNote(money(collectedCents))}>
          <Money cents={feeCents} currency={currency} />
        </Stat>
        <Stat label={WORDS.owed} note={WORDS.owedNote}>
          <Money cents={feeCents - collectedCents} currency={currency} />
        </Stat>
      </Stats>
    </section>
  );
}

/** Where each kind of what waits is dealt with. */
const PLACES: Readonly<Record<keyof Attention, string>> = {
  applied: consolePath("/affiliates?status=applied"),
  draftBatches: consolePath("/payouts?status=draft"),
  failedPayouts: consolePath("/payouts/all?status=failed"),
  lostMails: consolePath("/deliveries?which=failed"),
  failingWebhooks: consolePath("/deliveries/webhooks"),
  duePayments: consolePath("/deliveries/payments"),
  runningChanges: consolePath("/bulk"),
};

function Waiting({ attention }: { attention: Attention }) {
  const kinds = Object.keys(PLACES) as (keyof Attention)[];
  const waiting = kinds.filter((kind) => attention[kind] > 0);
  return (
    <Card title={WORDS.attention}>
      {waiting.length === 0 ? (
        <p class="soft">{WORDS.calm}</p>
      ) : (
        <Stats>
          {waiting.map((kind) => (
            <Stat label={WORDS.items[kind].label} note={WORDS.items[kind].note}>
              <Count n={attention[kind]} place={PLACES[kind]} />
            </Stat>
          ))}
        </Stats>
      )}
    </Card>
  );
}

function Count({ n, place }: { n: number; place: string }) {
  return <a href={place}>{n >= MAX_COUNTED ? WORDS.atLeast(n) : n.toLocaleString("en")}</a>;
}
