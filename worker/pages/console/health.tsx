import { Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { type HealthCheck, type HealthTone, judgeJob, type Verdict, worstOf } from "../../domain/health.ts";
import { JOB_NAMES } from "../../domain/job-names.ts";
import { type Health, readHealth } from "../../services/operations/read-health.ts";
import { HEALTH } from "../../texts/console-health.ts";
import { Badge, Card, Facts, Notice, Table, Time } from "../components/data.tsx";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";
import type { ConsoleGuards } from "./access.ts";
import { consoleHead, consolePath } from "./head.ts";

/** `/settings/affiliates/health`: how the installation stands, and what to do where it does not stand well. */
export function healthPages(deps: Deps, { own }: ConsoleGuards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  routes.get(consolePath("/health"), own, async (c) => {
    const health = await readHealth(deps);
    const worst = worstOf(health.verdicts.map(({ tone }) => tone));
    return page(
      c,
      consoleHead(c, "health", { title: HEALTH.title, lead: HEALTH.lead }),
      <div class="stack">
        <Notice tone={worst} title={HEALTH.all[worst]} />
        <Checks health={health} />
        <Jobs health={health} now={deps.now()} />
        <Numbers health={health} />
      </div>,
    );
  });
  return routes;
}

function Tone({ tone }: { tone: HealthTone }) {
  return <Badge tone={tone}>{HEALTH.tones[tone]}</Badge>;
}

function Checks({ health }: { health: Health }) {
  const { head } = HEALTH;
  return (
    <Card title={HEALTH.checksTitle}>
      <Table
        caption={HEALTH.checksTitle}
        unseen
        rows={health.verdicts}
        columns={[
          { head: head.what, cell: ({ check }) => <strong>{HEALTH.checks[check].label}</strong> },
          { head: head.state, cell: ({ tone }) => <Tone tone={tone} /> },
          { head: head.say, cell: (verdict) => <Advice verdict={verdict} health={health} /> },
        ]}
      />
    </Card>
  );
}

function Advice({ verdict: { check, advice }, health }: { verdict: Verdict; health: Health }) {
  const backlog = backlogOf(health, check);
  return (
    <>
      {HEALTH.adviceOf(check, advice)}
      {backlog === null || backlog.dueSince === null ? null : (
        <div class="soft small">
          {HEALTH.waiting(backlog.waiting)}, {HEALTH.since} <Time at={backlog.dueSince} />
        </div>
      )}
    </>
  );
}

function backlogOf({ mail, payouts, payments }: Health, check: HealthCheck): Health["mail"] | null {
  if (check === "mail") return mail;
  if (check === "payouts") return payouts;
  return check === "payments" ? payments : null;
}

function Jobs({ health: { jobs }, now }: { health: Health; now: number }) {
  const { jobHead: head } = HEALTH;
  return (
    <Card title={HEALTH.jobsTitle} lead={HEALTH.jobsLead}>
      <Table
        caption={HEALTH.jobsTitle}
        unseen
        rows={JOB_NAMES.map((name) => ({ name, run: jobs[name] }))}
        columns={[
          {
            head: head.job,
            cell: ({ name }) => (
              <>
                {HEALTH.jobs[name]}
                <div class="soft small">
                  <code>{name}</code>
                </div>
              </>
            ),
          },
          { head: head.state, cell: ({ run }) => <Tone tone={judgeJob(run, now)} /> },
          { head: head.ok, cell: ({ run }) => <At at={run?.ok} /> },
          { head: head.failed, cell: ({ run }) => <At at={run?.failed} /> },
        ]}
      />
    </Card>
  );
}

function At({ at }: { at: number | null | undefined }) {
  return at === undefined || at === null ? <>{HEALTH.never}</> : <Time at={at} />;
}

function Numbers({ health }: { health: Health }) {
  const { readiness, probedAt, newestEventAt, eventLagMs } = health;
  return (
    <Card title={HEALTH.facts} lead={HEALTH.factsLead}>
      <Facts
        facts={[
          [HEALTH.schema, readiness.ready ? <code>{readiness.schema}</code> : HEALTH.never],
          [HEALTH.probed, <At at={probedAt} />],
          [HEALTH.newestEvent, <At at={newestEventAt} />],
          [HEALTH.lag, eventLagMs === null ? HEALTH.never : HEALTH.seconds(Math.max(0, eventLagMs))],
          [HEALTH.countedSince, <Time at={health.countedSince} />],
          [HEALTH.refusals, String(health.refusals)],
          [HEALTH.limiterErrors, String(health.limiterErrors)],
          [HEALTH.databaseErrors, String(health.databaseErrors)],
        ]}
      />
    </Card>
  );
}
