import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { eventId } from "../../../domain/event-id.ts";
import { EVENT_KINDS, type EventKind } from "../../../domain/event-kinds.ts";
import { readNewestEvents } from "../../../services/events/read-newest-events.ts";
import { EVENT_LOG } from "../../../texts/webhooks.ts";
import { presentEvent } from "../../../wire/events.ts";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { withQuery } from "../../forms.ts";
import { activityHead, appPath } from "../head.ts";
import type { Guards } from "../setup/guards.ts";
import { EventLog } from "./event-log-view.tsx";

/** Events of one page of the log. */
const PAGE = 25;

/** `/apps/:appId/activity/events`: what the feed and the webhooks tell of, the newest first, and how a backend asks for it. */
export function eventLogPages(deps: Deps, { own }: Guards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get("/apps/:appId/activity/events", own, async (c) => {
    const { id } = c.get("app");
    const [kind, before] = [kindIn(c), beforeIn(c)];
    const kinds = kind === null ? null : [kind];
    const { events, scanned, isMore } = await readNewestEvents(deps, id, { before, kinds, limit: PAGE });
    const path = withQuery(appPath(id, "/activity/events"), { type: kind });
    const newest = before === null && kind === null ? events.at(0) : undefined;
    return page(
      c,
      activityHead(c, "events", { title: EVENT_LOG.title, lead: EVENT_LOG.lead }),
      <EventLog
        appId={id}
        events={events.map((event) => ({ told: presentEvent(event), object: event.object }))}
        kind={kind}
        isFirst={before === null}
        links={{
          older: isMore ? withQuery(path, { before: String(scanned) }) : null,
          newest: before === null ? null : path,
        }}
        publicUrl={deps.config.publicUrl}
        lastId={newest === undefined ? null : eventId(id, newest.seq)}
      />,
    );
  });

  return routes;
}

/** The kind that the page is narrowed to; whatever is none narrows nothing. */
function kindIn(c: Context<PageEnv>): EventKind | null {
  const asked = c.req.query("type");
  return EVENT_KINDS.find((kind) => kind === asked) ?? null;
}

/** From before which event on the page goes; null for the newest. */
function beforeIn(c: Context<PageEnv>): number | null {
  const asked = c.req.query("before") ?? "";
  return /^[1-9]\d{0,14}$/.test(asked) ? Number(asked) : null;
}
