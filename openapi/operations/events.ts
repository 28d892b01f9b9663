import { EventQuerySchema } from "../../worker/wire/events.ts";
import { key } from "../access.ts";
import { EventFeed } from "../answers/events.ts";
import { answer, described, type Operation } from "../operation.ts";

export const eventOperations: readonly Operation[] = [
  {
    route: "GET /api/v1/events",
    tag: "Events",
    summary: "Read what happened",
    description:
      "Oldest first. Go on with the id of the last one you took: nothing is skipped, whatever is written meanwhile. New types may come.",
    access: key("read"),
    query: [
      described(EventQuerySchema, {
        after: "The id of the last event you took.",
        type: "Those types alone, with commas between them. Such a page may be empty and have a next one.",
        limit: "Events of the page.",
      }),
    ],
    answers: { 200: answer("Events, the same as webhooks bring. `next_cursor` is the next `after`.", EventFeed) },
  },
];
