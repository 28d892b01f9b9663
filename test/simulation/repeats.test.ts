import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import type { Db } from "../../worker/store/db.ts";
import { type Dump, dumpDatabase } from "../support/dump.ts";
import { openFaultyDb } from "../support/faulty-db.ts";
import type { Answer, Json } from "../support/world.ts";
import { type Action, anyHistory } from "./actions.ts";
import { expectAgreement } from "./compare.ts";
import { runs, TIME_LIMIT_MS } from "./runs.ts";
import { type Sent, Stage } from "./stage.ts";

describe("a call with a key, sent again after everything else", () => {
  test(
    "changes nothing and answers what it first answered, and says that it is a repeat",
    async () => {
      await fc.assert(
        fc.asyncProperty(anyHistory(30), async (history) => {
          const stage = await Stage.open();
          for (const [at, action] of history.entries()) await stage.perform(withKey(action, at));
          const before = await dumpOf(stage.world.db);
          for (const { path, body, options, answer } of firstsOf(stage.sent)) {
            const again = await stage.world.call(path, body, options);
            expect(again.headers.get("Idempotent-Replayed")).toBe("true");
            expect(again.status).toBe(answer.status);
            expect(lasting(again)).toEqual(lasting(answer));
          }
          expect(await dumpOf(stage.world.db)).toEqual(before);
          await stage.world.db.close();
        }),
        runs(30),
      );
    },
    TIME_LIMIT_MS,
  );
});

describe("a batch that is applied twice, because its answer was lost", () => {
  test(
    "leaves the same rows and gives the same answers as one that is applied once",
    async () => {
      await fc.assert(
        fc.asyncProperty(anyHistory(30), async (history) => {
          const faulty = openFaultyDb();
          const [once, twice] = [await Stage.open(), await Stage.open({ db: faulty })];
          for (const action of history) {
            faulty.fault(isSetting(action) ? "none" : "repeated");
            await once.perform(action);
            await twice.perform(action);
          }
          faulty.fault("none");
          expect(twice.sent.map(said)).toEqual(once.sent.map(said));
          expect(await dumpOf(twice.world.db)).toEqual(await dumpOf(once.world.db));
          await expectAgreement(twice);
          expect(await checkBooks(twice.world.db)).toEqual([]);
          await Promise.all([once.world.db.close(), twice.world.db.close()]);
        }),
        runs(30),
      );
    },
    TIME_LIMIT_MS,
  );
});

/** Everything but the secrets, which are drawn anew for each database. */
async function dumpOf(db: Db): Promise<Dump> {
  return { ...(await dumpDatabase(db)), api_key: [] };
}

function withKey(action: Action, at: number): Action {
  return "eventId" in action ? { ...action, eventId: action.eventId ?? `own-${at}` } : action;
}

/** The calls that were accepted. What was refused may be accepted later: an amount that was too much then, say. */
function firstsOf(sent: readonly Sent[]): readonly Sent[] {
  return sent.filter(({ answer }) => answer.status < 300);
}

/** All of an answer but what is today's: status, lane and reason, and whose referral a user is by now. */
function lasting({ body }: Answer): Json {
  if ("referral" in body) return { user: body.referral.user_id };
  return { ...body, status: undefined, hold: undefined, reason: undefined, deduplicated: undefined };
}

/** A rate is a row without a key: set twice, it says twice the same. */
function isSetting({ what }: Action): boolean {
  return what === "program" || what === "creator rate";
}

function said({ answer }: Sent): Json {
  return { status: answer.status, body: answer.body, replayed: answer.headers.get("Idempotent-Replayed") };
}
