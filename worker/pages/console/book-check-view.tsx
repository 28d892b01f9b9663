import type { BookCheck } from "../../store/book-check-store.ts";
import { LEDGER } from "../../texts/console-ledger.ts";
import { Badge, Card, Facts, Table, Time } from "../components/data.tsx";
import { Button, Form } from "../components/form.tsx";

const words = LEDGER.check;

/** The last check and its result, the ones before it, and the button for the next. */
export function BooksCard({
  checks,
  appId,
  action,
  checkPath,
}: {
  checks: readonly BookCheck[];
  /** Whose books the button checks: null for all. */
  appId: string | null;
  action: string;
  checkPath: (id: string) => string;
}) {
  const [last, ...earlier] = checks;
  return (
    <Card title={words.title} lead={words.lead} aside={last === undefined ? undefined : <Result check={last} />}>
      {last === undefined ? (
        <p class="soft">{words.never}</p>
      ) : (
        <p>
          <a href={checkPath(last.id)}>{last.appId ?? words.all}</a>
          <br />
          <span class="soft small">
            <Ran check={last} />
          </span>
        </p>
      )}
      <Form action={action} kind="row">
        {appId === null ? null : <input type="hidden" name="app_id" value={appId} />}
        <Button kind="quiet">{last === undefined ? words.button : words.again}</Button>
      </Form>
      {earlier.length === 0 ? null : (
        <details>
          <summary>{words.earlier}</summary>
          <ul role="list" class="stack close small">
            {earlier.map((check) => (
              <li>
                <a href={checkPath(check.id)}>{check.appId ?? words.all}</a> <Result check={check} />{" "}
                <span class="soft">
                  <Ran check={check} />
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </Card>
  );
}

/** A check: how far it is, or what it found. Its form sends itself where there is JavaScript. */
export function CheckView({ check, goOn }: { check: BookCheck; goOn: string }) {
  const { done, checks, found, endedAt } = check;
  return (
    <div class="stack">
      <Card title={words.progress} aside={<Result check={check} />}>
        <progress class="progress" value={done} max={checks} aria-label={words.progress}></progress>
        <Facts
          facts={[
            [words.result, words.done(done, checks)],
            [words.scope, check.appId ?? words.all],
            [words.who, check.actorEmail ?? check.actor],
            [words.at, <Time at={endedAt ?? check.startedAt} />],
          ]}
        />
        {endedAt !== null ? null : (
          <div data-goes-on="">
            <Form action={goOn} kind="row">
              <Button>{words.goOn}</Button>
              <span class="soft small">{words.goesOn}</span>
            </Form>
          </div>
        )}
      </Card>
      {found.length === 0 ? null : (
        <Card title={words.findings} lead={words.findingsLead} danger>
          <Table
            caption={words.findings}
            unseen
            rows={found}
            columns={[
              { head: words.comparison, cell: (one) => <>{one.check}</> },
              { head: words.row, cell: ({ row }) => <code>{sayRow(row)}</code> },
            ]}
          />
        </Card>
      )}
    </div>
  );
}

function Result({ check: { endedAt, found } }: { check: BookCheck }) {
  if (found.length > 0) return <Badge tone="bad">{words.bad}</Badge>;
  return endedAt === null ? <Badge tone="wait">{words.running}</Badge> : <Badge tone="good">{words.good}</Badge>;
}

function Ran({ check }: { check: BookCheck }) {
  return (
    <>
      {words.by(check.actorEmail ?? check.actor)} <Time at={check.endedAt ?? check.startedAt} />
      {check.found.length === 0 ? null : `: ${words.found(check.found.length)}`}
    </>
  );
}

function sayRow(row: BookCheck["found"][number]["row"]): string {
  return Object.entries(row)
    .map(([column, value]) => `${column} ${String(value)}`)
    .join(" · ");
}
