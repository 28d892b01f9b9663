import { Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { type MyProgram, readMyPrograms } from "../../services/accounts/read-my-programs.ts";
import { readBalance } from "../../services/affiliates/read-affiliates.ts";
import { isPortalOn } from "../../services/programs/read-flags.ts";
import type { CurrencyBalance } from "../../store/book-store.ts";
import { PORTAL } from "../../texts/portal.ts";
import { Card, Empty, Money, Table } from "../components/data.tsx";
import { Button } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import { type PageEnv, personOf } from "../context.ts";
import { pageRefusal } from "../refusal.tsx";
import { portalPath } from "./head.ts";
import { StatusBadge } from "./states.tsx";

/** Programs whose balances are read for the list, two reads each; those beyond are links alone. */
const MAX_BALANCES = 24;

interface Listed extends MyProgram {
  readonly balances: readonly CurrencyBalance[] | null;
}

/** `/referrals`: the programs that somebody promotes. */
export function programPages(deps: Deps) {
  const routes = new Hono<PageEnv>();

  routes.get("/", async (c) => {
    const programs = await readMyPrograms(deps, personOf(c));
    // Off for all, it is there for those alone whom an app of theirs lets in.
    if (programs.length === 0 && !(await isPortalOn(deps))) {
      return pageRefusal(c, { code: "not_found", message: "No such page." });
    }
    const listed = await Promise.all(
      programs.map(async (program, at) => ({
        ...program,
        balances: at < MAX_BALANCES ? await readBalance(deps, program) : null,
      })),
    );
    return page(
      c,
      { title: PORTAL.title, lead: PORTAL.lead },
      <Card>{listed.length === 0 ? <NoPrograms /> : <Programs programs={listed} />}</Card>,
    );
  });

  return routes;
}

function NoPrograms() {
  return (
    <Empty title={PORTAL.empty}>
      <p>{PORTAL.emptyHow}</p>
    </Empty>
  );
}

function Programs({ programs }: { programs: readonly Listed[] }) {
  return (
    <Table
      caption={PORTAL.title}
      unseen
      rows={programs}
      columns={[
        {
          head: PORTAL.program,
          cell: ({ app }) => (
            <a href={portalPath(app.id, "")}>
              <strong>{app.name}</strong>
            </a>
          ),
        },
        { head: PORTAL.status, cell: ({ affiliate }) => <StatusBadge status={affiliate.status} /> },
        { head: PORTAL.balance.available, end: true, cell: ({ balances }) => <Amounts balances={balances} /> },
        {
          head: "",
          cell: ({ app }) => (
            <Button kind="quiet" slim href={portalPath(app.id, "")} about={app.name}>
              {PORTAL.open}
            </Button>
          ),
        },
      ]}
    />
  );
}

function Amounts({ balances }: { balances: Listed["balances"] }) {
  return (
    <>
      {(balances ?? []).map(({ availableCents, inReviewCents, currency }) => (
        <p>
          <Money cents={availableCents - inReviewCents} currency={currency} />
        </p>
      ))}
    </>
  );
}
