import { openMemoryLimits } from "../../worker/gateways/limits/memory-limits.ts";
import { runJobs } from "../../worker/jobs/run-jobs.ts";
import type { Mail } from "../../worker/gateways/mail/mail.ts";
import { openHttpDb } from "../../worker/store/http-db.ts";
import { ORDER_HEADER, REPORT_HEADER, type WorldOrder, type WorldReport } from "../support/edge-order.ts";
import { withFaults } from "../support/faults.ts";
import { recordedMail } from "../support/recorded-mail.ts";
import { createTestApp } from "../support/test-app.ts";

/** The worlds of tests, in workerd: each request says which one it is for, how late it is there, and what goes wrong. */
export default {
  async fetch(request: Request): Promise<Response> {
    const order: WorldOrder = JSON.parse(decodeURIComponent(request.headers.get(ORDER_HEADER) ?? ""));
    const world = worldOf(order);
    world.obey(order);
    const response = order.runsJobs ? await world.runJobs() : await world.request(asSent(request, order));
    const headers = new Headers(response.headers);
    headers.set(REPORT_HEADER, encodeURIComponent(JSON.stringify(world.report())));
    const { status, body } = response;
    // As it was made: a compressed body is not to be compressed again.
    return new Response(body, { status, headers, ...MANUAL });
  },
};

/** The request as the test made it. */
function asSent(received: Request, { origin }: WorldOrder): Request {
  const headers = new Headers(received.headers);
  headers.delete(ORDER_HEADER);
  if (origin !== null) headers.set("Origin", origin);
  return new Request(received, { headers });
}

/** workerd's own option. */
const MANUAL: object = { encodeBody: "manual" };

const worlds = new Map<string, ReturnType<typeof openWorld>>();

function worldOf(order: WorldOrder): ReturnType<typeof openWorld> {
  const key = JSON.stringify([order.database, order.config, order.mail]);
  const world = worlds.get(key) ?? openWorld(order);
  worlds.set(key, world);
  return world;
}

function openWorld({ database, config, page, limits, ...begun }: WorldOrder) {
  const db = withFaults(openHttpDb(database));
  const logged: Readonly<Record<string, unknown>>[] = [];
  const mails: Mail[] = [];
  let { now } = begun;
  let turn = 0;
  const { deps, request } = createTestApp({
    db,
    config,
    now: () => now,
    log: (entry) => void logged.push(entry),
    page: page ?? undefined,
    limits: limits === "memory" ? openMemoryLimits() : undefined,
    mail: recordedMail(begun.mail, (mail) => void mails.push(mail)),
  });
  return {
    request,
    report: (): WorldReport => ({
      logged: logged.splice(0),
      mails: mails.splice(0).map((mail) => ({ ...mail, html: "" })),
      calls: db.calls(),
    }),
    async runJobs(): Promise<Response> {
      await runJobs(deps);
      return new Response(null, { status: 204 });
    },
    obey(order: WorldOrder): void {
      ({ now } = order);
      if (order.fault.turn !== turn) db.fault(order.fault.kind, order.fault.after);
      ({ turn } = order.fault);
    },
  };
}
