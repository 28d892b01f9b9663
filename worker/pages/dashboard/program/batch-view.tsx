import { formatMoney } from "../../../domain/currency.ts";
import { startOfDay } from "../../../domain/maturation.ts";
import type { ResultSkip } from "../../../services/payouts/record-results.ts";
import type { App } from "../../../store/app-store.ts";
import type { BatchLine, BatchSum, PayoutBatch } from "../../../store/payout-batch-store.ts";
import type { Payout } from "../../../store/payout-store.ts";
import { COMMON } from "../../../texts/common.ts";
import { PAYOUTS } from "../../../texts/payouts.ts";
import { Badge, Card, Facts, Money, Notice, Pager, Stat, Stats, Table, Time } from "../../components/data.tsx";
import { Button, Field, FileField, Form, TextArea } from "../../components/form.tsx";
import type { PageHead } from "../../components/page.tsx";
import { withQuery } from "../../forms.ts";
import { Live } from "../../live.tsx";
import { Actor, type ActorNames } from "./actor.tsx";
import { formState, type Tried } from "./form-state.tsx";
import { CreatorLink, nameOf, PayoutState } from "./parts.tsx";
import { type At, BatchState } from "./payouts-view.tsx";

const { batch: words } = PAYOUTS;

interface Links {
  readonly older: string | null;
  readonly newest: string | null;
}

interface View {
  readonly app: App;
  readonly at: At;
  readonly batch: PayoutBatch;
  readonly names: ActorNames;
  /** Whether the reader may approve it: what the operator pays, the operator approves. */
  readonly mayApprove: boolean;
  readonly lines: readonly BatchLine[];
  readonly lineLinks: Links;
  /** What failed of it and can be paid again. */
  readonly failed: readonly Payout[];
  readonly payouts: readonly Payout[];
  /** What those who are paid are called, by their ids. */
  readonly creators: ReadonlyMap<string, string>;
  readonly payoutLinks: Links;
  readonly tried: Tried | null;
}

const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });

export function BatchTitle({ batch }: Pick<View, "batch">): Pick<PageHead, "title" | "lead"> {
  return {
    title: words.title(DATE.format(batch.createdAt)),
    lead: PAYOUTS.stateLead[batch.status],
  };
}

/** One batch: how far it has come, what can be done with it, who is in it. */
export function BatchView(view: View) {
  const { at, batch } = view;
  const progress = <Progress batch={batch} />;
  return (
    <>
      <p class="small">
        <a href={at("/payouts")}>{words.back}</a>
      </p>
      {batch.status === "running" ? (
        <>
          <Live src={at(`/payouts/${batch.id}/live`)}>{progress}</Live>
          <noscript>
            <p>
              <a href={at(`/payouts/${batch.id}`)}>{words.lookAgain}</a>
            </p>
          </noscript>
        </>
      ) : (
        progress
      )}
      <div class="columns aside">
        <div class="stack">
          <Failed {...view} />
          <Lines {...view} />
          <Payouts {...view} />
        </div>
        <div class="stack">
          <Steps {...view} />
          <Files {...view} />
          <About {...view} />
        </div>
      </div>
    </>
  );
}

/** How far it has come, in each currency: the part of the page that is followed while it runs. */
export function Progress({ batch }: Pick<View, "batch">) {
  return (
    <div class="stack" data-announce={words.live(PAYOUTS.states[batch.status])}>
      <p>
        <BatchState status={batch.status} />
      </p>
      {batch.sums.map((sum) => (
        <Sums sum={sum} isOnly={batch.sums.length === 1} isBegun={isBegun(batch)} />
      ))}
    </div>
  );
}

/** Whether anything of it may be on its way. */
function isBegun({ status }: PayoutBatch): boolean {
  return status === "running" || status === "settled";
}

function Sums({ sum, isOnly, isBegun: begun }: { sum: BatchSum; isOnly: boolean; isBegun: boolean }) {
  const { currency, lines, doneLines, skippedLines } = sum;
  const progress = words.progress(doneLines, lines);
  const said = skippedLines === 0 ? progress : `${progress}, ${words.skipped(skippedLines)}`;
  return (
    <section class="stack close" aria-label={words.inCurrency(currency)}>
      {begun && doneLines < lines ? <progress value={doneLines} max={lines} aria-label={progress}></progress> : null}
      {isOnly ? null : <h2>{words.inCurrency(currency)}</h2>}
      <Stats>
        <Stat label={words.inAll} note={begun ? said : PAYOUTS.dueNote(lines)}>
          <Money cents={sum.approvedCents} currency={currency} />
        </Stat>
        {begun ? (
          <>
            <Stat label={words.processing}>
              <Money cents={sum.processingCents} currency={currency} />
            </Stat>
            <Stat label={words.settled} tone={sum.settledCents > 0 ? "good" : undefined}>
              <Money cents={sum.settledCents} currency={currency} />
            </Stat>
          </>
        ) : null}
        {sum.failedPayouts === 0 ? null : (
          <Stat label={words.failed} tone="bad">
            {words.failedCount(sum.failedPayouts)}
          </Stat>
        )}
      </Stats>
    </section>
  );
}

/** What can be done with it now. */
function Steps(view: View) {
  const { batch } = view;
  const isOpen = batch.status === "draft" || batch.status === "approved";
  return (
    <>
      {batch.status === "draft" ? <Approve {...view} /> : null}
      {batch.status === "approved" ? <Run {...view} /> : null}
      {isOpen ? <Cancel {...view} /> : null}
    </>
  );
}

function Approve({ at, batch, mayApprove }: View) {
  return (
    <Card title={words.approve} lead={mayApprove ? words.approveLead : words.operatorApproves}>
      {mayApprove ? (
        <Form action={at(`/payouts/${batch.id}/approve`)}>
          <div class="row">
            <Button>
              {words.approve} {sumsOf(batch)}
            </Button>
          </div>
        </Form>
      ) : null}
    </Card>
  );
}

function Run({ at, batch }: View) {
  return (
    <Card title={words.run} lead={words.runLead[batch.rail]}>
      <Form action={at(`/payouts/${batch.id}/run`)}>
        <div class="row">
          <Button>{words.run}</Button>
        </div>
      </Form>
    </Card>
  );
}

function Cancel({ at, batch, tried }: View) {
  const { field } = formState(tried, "cancel");
  return (
    <Card title={words.cancel} lead={words.cancelLead}>
      <Form action={at(`/payouts/${batch.id}/cancel`)}>
        <Field
          id="cancel-reason"
          {...field("reason")}
          label={words.reason}
          hint={words.reasonHint}
          required
          maxlength={256}
        />
        <div class="row">
          <Button kind="danger">{words.cancel}</Button>
        </div>
      </Form>
    </Card>
  );
}

/** The files to pay by, and what arrived: where somebody pays by hand. */
function Files({ at, batch, tried }: View) {
  if (batch.rail !== "manual" || !isBegun(batch)) return null;
  const { value, problem } = formState(tried, "results");
  const csv = (query: Readonly<Record<string, string>>) => withQuery(at(`/payouts/${batch.id}/csv`), query);
  return (
    <>
      {batch.status === "settled" ? null : (
        <Card title={words.files} lead={words.filesLead}>
          <div class="row">
            <Button kind="quiet" href={csv({ format: "generic" })}>
              {words.generic}
            </Button>
            {batch.sums.map(({ currency }) => (
              <Button kind="quiet" href={csv({ format: "paypal", currency })}>
                {words.paypal(currency)}
              </Button>
            ))}
          </div>
        </Card>
      )}
      <Card title={words.results} lead={words.resultsLead}>
        <Form action={at(`/payouts/${batch.id}/results`)} files>
          <FileField
            name="file"
            label={words.file}
            accept=".csv,text/csv"
            problem={problem("file") ?? problem("status") ?? problem("")}
          />
          <TextArea name="text" label={words.paste} value={value("text")} />
          <div class="row">
            <Button kind="quiet">{words.import}</Button>
          </div>
        </Form>
      </Card>
    </>
  );
}

function About({ batch, names }: View) {
  const { kind, rail, payer, throughDay, period, approvedBy, approvedAt, endedAt } = batch;
  return (
    <Card title={words.facts}>
      <Facts
        facts={[
          [words.kind, PAYOUTS.kinds[kind]],
          [words.rail, PAYOUTS.rails[rail]],
          [words.payer, PAYOUTS.payers[payer]],
          [words.through, <Time at={startOfDay(throughDay)} as="day" />],
          ...(period === null ? [] : ([[words.period, period]] as const)),
          [words.madeBy, <Actor actor={batch.actor} names={names} />],
          ...(approvedBy === null || approvedAt === null
            ? []
            : ([
                [
                  words.approvedBy,
                  <>
                    <Actor actor={approvedBy} names={names} />
                    <div class="soft small">
                      <Time at={approvedAt} />
                    </div>
                  </>,
                ],
              ] as const)),
          ...(endedAt === null ? [] : ([[words.ended, <Time at={endedAt} />]] as const)),
          [words.id, <code>{batch.id}</code>],
        ]}
      />
    </Card>
  );
}

/** What failed of it: paid again one by one, or all at once. */
function Failed({ app, at, batch, failed, creators }: View) {
  if (failed.length === 0) return null;
  const { head, errors } = PAYOUTS.payout;
  return (
    <Card title={words.toRetry} lead={words.toRetryLead} id="failed">
      <Table
        caption={words.toRetry}
        unseen
        rows={failed}
        columns={[
          {
            head: words.lineHead.creator,
            cell: ({ affiliateId }) => (
              <CreatorLink appId={app.id} id={affiliateId} name={creators.get(affiliateId) ?? affiliateId} />
            ),
          },
          {
            head: head.amount,
            end: true,
            cell: ({ amountCents, currency }) => <Money cents={amountCents} currency={currency} />,
          },
          {
            head: PAYOUTS.payout.error,
            cell: ({ error }) => <>{error === null ? COMMON.none : (errors[error] ?? error)}</>,
          },
          {
            head: "",
            end: true,
            cell: ({ id, affiliateId }) => (
              <Form action={at(`/payouts/payout/${id}/retry`)} kind="row">
                <Button kind="quiet" slim about={creators.get(affiliateId) ?? id}>
                  {PAYOUTS.payout.retryButton}
                </Button>
              </Form>
            ),
          },
        ]}
      />
      <Form action={at(`/payouts/${batch.id}/retry`)}>
        <div class="row">
          <Button>{words.retryAll(failed.length)}</Button>
        </div>
      </Form>
    </Card>
  );
}

function Lines({ app, at, batch, lines, lineLinks }: View) {
  const { lineHead: head } = words;
  return (
    <Card
      title={words.lines}
      aside={
        <Button kind="quiet" slim href={at(`/payouts/${batch.id}/lines.csv`)}>
          {words.lineFile}
        </Button>
      }
    >
      <Table
        caption={words.lines}
        unseen
        rows={lines}
        columns={[
          {
            head: head.creator,
            cell: (row) => <CreatorLink appId={app.id} id={row.affiliateId} name={nameOf(row, row.affiliateId)} />,
          },
          {
            head: head.approved,
            end: true,
            cell: ({ approvedCents, currency }) => <Money cents={approvedCents} currency={currency} />,
          },
          {
            head: head.processing,
            end: true,
            cell: ({ processingCents, currency }) => <Money cents={processingCents} currency={currency} />,
          },
          {
            head: head.paid,
            end: true,
            cell: ({ paidCents, currency }) => <Money cents={paidCents} currency={currency} />,
          },
          { head: head.state, cell: (row) => <LineState line={row} /> },
        ]}
      />
      <Pager {...lineLinks} />
    </Card>
  );
}

function LineState({ line }: { line: BatchLine }) {
  const { isDone, reason, failedCents, currency } = line;
  return (
    <>
      {reason === null ? (
        <Badge tone={isDone ? "good" : "wait"}>{isDone ? words.lineDone : words.lineOpen}</Badge>
      ) : (
        <span>{PAYOUTS.leftOut[reason]}</span>
      )}
      {failedCents === 0 ? null : (
        <div class="soft small">
          {words.failed}: <Money cents={failedCents} currency={currency} />
        </div>
      )}
    </>
  );
}

function Payouts({ app, at, payouts, payoutLinks, creators }: View) {
  if (payouts.length === 0) return null;
  const { head } = PAYOUTS.payout;
  return (
    <Card title={words.payouts} id="payouts">
      <Table
        caption={words.payouts}
        unseen
        rows={payouts}
        columns={[
          { head: head.at, cell: ({ createdAt }) => <Time at={createdAt} /> },
          {
            head: words.lineHead.creator,
            cell: ({ affiliateId }) => (
              <CreatorLink appId={app.id} id={affiliateId} name={creators.get(affiliateId) ?? affiliateId} />
            ),
          },
          {
            head: head.amount,
            end: true,
            cell: ({ amountCents, currency }) => <Money cents={amountCents} currency={currency} />,
          },
          { head: head.state, cell: ({ status }) => <PayoutState status={status} /> },
          {
            head: "",
            end: true,
            cell: ({ id }) => (
              <Button kind="quiet" slim href={at(`/payouts/payout/${id}`)} about={id}>
                {PAYOUTS.open}
              </Button>
            ),
          },
        ]}
      />
      <Pager {...payoutLinks} />
    </Card>
  );
}

export interface ResultsOutcome {
  readonly done: number;
  readonly skipped: readonly { readonly payoutId: string; readonly reason: ResultSkip }[];
}

/** What was taken of a file, and which lines were left alone and why. */
export function Left({ outcome }: { outcome: ResultsOutcome }) {
  const { done, skipped } = outcome;
  return (
    <Notice tone="wait">
      <p>
        {done === 0 ? null : `${words.imported(done)} `}
        {words.skippedResults(skipped.length)}
      </p>
      <ul class="points">
        {skipped.map(({ payoutId, reason }) => (
          <li>
            <code>{payoutId}</code>: {words.skips[reason]}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function sumsOf(batch: PayoutBatch): string {
  return batch.sums.map(({ approvedCents, currency }) => formatMoney(approvedCents, currency)).join(" + ");
}
