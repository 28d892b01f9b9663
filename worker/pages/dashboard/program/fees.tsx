import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { isoMonthName } from "../../../domain/month-name.ts";
import { readFeeStatements } from "../../../services/books/read-fee-statement.ts";
import { FEES } from "../../../texts/fees.ts";
import { feeStatementCsv } from "../../../wire/fee-statement.ts";
import { parseFeeMonth } from "../../../wire/fees.ts";
import { appAccess, signedIn } from "../../access.ts";
import { Card } from "../../components/data.tsx";
import { Button } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { filled, withQuery } from "../../forms.ts";
import { pageRefusal } from "../../refusal.tsx";
import { appHead, appPath } from "../head.ts";
import { FeeStatementView, MonthPicker } from "./fee-view.tsx";

const words = FEES.statement;

/** `/apps/:appId/payouts/fees`: what the app owes the platform, month by month, as the operator has it. */
export function feeStatementPages(deps: Deps): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const owner = [signedIn(), appAccess(deps)] as const;

  routes.get("/apps/:appId/payouts/fees", ...owner, async (c) => {
    const month = monthIn(c);
    if (!month.ok) return pageRefusal(c, month.failure);
    const app = c.get("app");
    const here = appPath(app.id, "/payouts/fees");
    const statements = await readFeeStatements(deps, app.id, month.value);
    return page(
      c,
      appHead(c, "payouts", {
        title: words.title(isoMonthName(month.value.name)),
        lead: words.own,
        actions: (
          <Button kind="quiet" href={withQuery(`${here}.csv`, { month: month.value.name })}>
            {words.download}
          </Button>
        ),
      }),
      <div class="stack">
        <p class="small unprinted">
          <a href={appPath(app.id, "/payouts")}>{words.back}</a>
        </p>
        <Card title={FEES.pick}>
          <MonthPicker action={here} chosen={month.value} since={app.createdAt} now={deps.now()} />
        </Card>
        <FeeStatementView app={app.name} month={month.value} statements={statements} />
      </div>,
    );
  });

  routes.get("/apps/:appId/payouts/fees.csv", ...owner, async (c) => {
    const month = monthIn(c);
    if (!month.ok) return pageRefusal(c, month.failure);
    const statements = await readFeeStatements(deps, c.get("app").id, month.value);
    return feeFile(c, await feeStatementCsv(statements, month.value), month.value.name);
  });

  return routes;

  function monthIn(c: Context<PageEnv>) {
    return parseFeeMonth(filled(c.req.query()), deps.now());
  }
}

/** Answers a fee statement as a file. */
export function feeFile(c: Context<PageEnv>, csv: string, month: string): Response {
  c.header("Content-Type", "text/csv; charset=utf-8");
  c.header("Content-Disposition", `attachment; filename="platform-fee-${month}.csv"`);
  return c.body(csv);
}
