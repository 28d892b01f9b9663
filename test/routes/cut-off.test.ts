import { expect, test } from "vitest";
import { DbError } from "../../worker/store/db.ts";
import { refused } from "../support/answers.ts";
import { openMigratedDb } from "../support/template-db.ts";
import { createWorld } from "../support/world.ts";

/** workerd says of a lost connection to the database what it says of one to the sender. */
test.each(["Network connection lost.", "aborted"])(
  "AL-i2 a database that is away is 503, whose words are %s",
  async (words) => {
    const db = openMigratedDb();
    const lost = () => Promise.reject(new DbError("unavailable", words));
    let isAway = false;
    const world = await createWorld({
      db: {
        ...db,
        batch: (all) => (isAway ? lost() : db.batch(all)),
        query: (one) => (isAway ? lost() : db.query(one)),
      },
    });
    const app = await world.newApp();
    isAway = true;
    for (const [path, body] of [
      ["/api/track/click", {}],
      ["/api/track/signup", { user_id: "u1" }],
      ["/api/track/conversion", { user_id: "u1", amount_cents: 10_000 }],
      ["/api/track/refund", { user_id: "u1", amount_cents: 1_000 }],
    ] as const) {
      const answer = await world.call(path, { ...body, app_id: app.id, ref: app.ref });
      expect(answer).toEqual(refused(503, "unavailable"));
      expect(answer.headers.get("Retry-After")).toBe("1");
    }
    const page = await world.request(`/join/${app.id}`, { headers: { Accept: "text/html" } });
    expect(page.status).toBe(503);
  },
);
