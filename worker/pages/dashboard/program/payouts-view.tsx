import { formatMoney } from "../../../domain/currency.ts";
import type { Preview as PayoutPreview } from "../../../services/payouts/preview-payouts.ts";
import type { App } from "../../../store/app-store.ts";
import type { BatchStatus, PayoutBatch, PreviewRow } from "../../../store/payout-batch-store.ts";
import { PAYOUTS } from "../../../texts/payouts.ts";
import { Badge, Card, Empty, Money, Pager, Stat, Stats, Table, Time, type Tone } from "../../components/data.tsx";
import { Button, Field, Form, Select } from "../../components/form.tsx";
import { startOfDay } from "../../../domain/maturation.ts";
import { formState, type Tried } from "./form-state.tsx";
import { CreatorLink, nameOf } from "./parts.tsx";

/** Where a page of the app is. */
export type At = (path: string) => string;

type Sums = PayoutPreview["sums"];

interface Links {
  readonly older: string | null;
  readonly newest: string | null;
}

/** What a batch made now would pay in each currency, and what waits for an approval first. */
export function Due({ at, sums, rows }: { at: At; sums: Sums; rows: readonly PreviewRow[] }) {
  const waiting = inReview(rows);
  return (
    <section class="stack close" aria-label={PAYOUTS.due}>
      {sums.length === 0 ? (
        <Card>
          <Empty title={PAYOUTS.nothingDue}>
            <p>{PAYOUTS.nothingDueText}</p>
          </Empty>
        </Card>
      ) : (
        <Stats>
          {sums.map(({ currency, lines, amountCents }) => (
            <Stat label={PAYOUTS.due} tone="good" note={PAYOUTS.dueNote(lines)}>
              <Money cents={amountCents} currency={currency} />
            </Stat>
          ))}
        </Stats>
      )}
      {waiting.length === 0 ? null : (
        <p>
          {PAYOUTS.waits(waiting.join(", "))} <a href={at("/conversions/review")}>{PAYOUTS.reviewLink}</a>
        </p>
      )}
    </section>
  );
}

/** What is in review of those that are shown, one amount a currency. */
function inReview(rows: readonly PreviewRow[]): readonly string[] {
  const sums = new Map<string, number>();
  for (const { currency, inReviewCents } of rows) sums.set(currency, (sums.get(currency) ?? 0) + inReviewCents);
  return [...sums].filter(([, cents]) => cents > 0).map(([currency, cents]) => formatMoney(cents, currency));
}

/** Each creator as a batch made now would have them. */
export function Preview({ app, rows, links }: { app: App; rows: readonly PreviewRow[]; links: Links }) {
  const { head } = PAYOUTS;
  return (
    <Card title={PAYOUTS.preview} lead={PAYOUTS.dueLead}>
      {rows.length === 0 ? (
        <p class="soft">{PAYOUTS.nobody}</p>
      ) : (
        <Table
          caption={PAYOUTS.preview}
          unseen
          rows={rows}
          columns={[
            {
              head: head.creator,
              cell: (row) => <CreatorLink appId={app.id} id={row.affiliateId} name={nameOf(row, row.affiliateId)} />,
            },
            {
              head: head.amount,
              end: true,
              cell: ({ payableCents, currency, reason }) =>
                reason === null ? (
                  <strong>
                    <Money cents={payableCents} currency={currency} />
                  </strong>
                ) : (
                  <span class="soft">
                    <Money cents={payableCents} currency={currency} />
                  </span>
                ),
            },
            {
              head: head.review,
              end: true,
              cell: ({ inReviewCents, currency }) => <Money cents={inReviewCents} currency={currency} />,
            },
            {
              head: head.frozen,
              end: true,
              cell: ({ heldCents, currency }) => <Money cents={heldCents} currency={currency} />,
            },
            { head: head.method, cell: ({ method }) => <>{PAYOUTS.methods[method ?? "none"]}</> },
            { head: head.why, cell: (row) => <Why row={row} /> },
          ]}
        />
      )}
      <Pager {...links} />
    </Card>
  );
}

function Why({ row }: { row: PreviewRow }) {
  const { reason, minimumCents, currency } = row;
  if (reason === null) return <Badge tone="good">{PAYOUTS.isPaid}</Badge>;
  const isBelow = reason === "below_minimum" && minimumCents !== null;
  return (
    <>
      {PAYOUTS.leftOut[reason]}
      {isBelow ? ` ${PAYOUTS.minimumIs(formatMoney(minimumCents, currency))}` : ""}
    </>
  );
}

export function DraftForm({ at, sums, tried }: { at: At; sums: Sums; tried: Tried | null }) {
  const { field } = formState(tried, "draft");
  return (
    <Card title={PAYOUTS.draft} lead={PAYOUTS.draftLead}>
      <Form action={at("/payouts/draft")}>
        {sums.length < 2 ? null : (
          <Select
            {...field("currency")}
            label={PAYOUTS.scopeCurrency}
            options={[
              { value: "", label: PAYOUTS.scopeAll },
              ...sums.map(({ currency }) => ({ value: currency, label: currency.toUpperCase() })),
            ]}
          />
        )}
        <Field {...field("ref")} label={PAYOUTS.scopeCode} hint={PAYOUTS.scopeCodeHint} maxlength={64} />
        <div class="row">
          <Button>{PAYOUTS.draftButton}</Button>
        </div>
      </Form>
    </Card>
  );
}

const BATCH_TONES = {
  draft: "wait",
  approved: "accent",
  running: "wait",
  settled: "good",
  cancelled: undefined,
} satisfies Record<BatchStatus, Tone | undefined>;

export function BatchState({ status }: { status: BatchStatus }) {
  return <Badge tone={BATCH_TONES[status]}>{PAYOUTS.states[status]}</Badge>;
}

/** The app's batches, the newest first. */
export function Batches({
  at,
  batches,
  links,
}: {
  at: At;
  batches: readonly Omit<PayoutBatch, "sums">[];
  links: Links;
}) {
  const { batchHead: head } = PAYOUTS;
  return (
    <Card title={PAYOUTS.batches} id="batches">
      {batches.length === 0 ? (
        <p class="soft">{PAYOUTS.noBatches}</p>
      ) : (
        <Table
          caption={PAYOUTS.batches}
          unseen
          rows={batches}
          columns={[
            { head: head.made, cell: ({ createdAt }) => <Time at={createdAt} /> },
            { head: head.kind, cell: ({ kind }) => <>{PAYOUTS.kinds[kind]}</> },
            { head: head.through, cell: ({ throughDay }) => <Time at={startOfDay(throughDay)} as="day" /> },
            { head: head.state, cell: ({ status }) => <BatchState status={status} /> },
            {
              head: "",
              end: true,
              cell: ({ id }) => (
                <Button kind="quiet" slim href={at(`/payouts/${id}`)} about={PAYOUTS.ofBatch(id)}>
                  {PAYOUTS.open}
                </Button>
              ),
            },
          ]}
        />
      )}
      <Pager {...links} />
    </Card>
  );
}
