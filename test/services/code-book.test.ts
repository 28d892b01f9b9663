import { expect, test } from "vitest";
import { createCodeBook } from "../../worker/services/track/code-book.ts";
import type { Db } from "../../worker/store/db.ts";

/** As many as the book remembers. */
const MANY = 10_000;

test("AL-i3 a code that nobody has takes none out of a full memory", async () => {
  let lookUps = 0;
  const db: Db = {
    batch: unused,
    close: unused,
    async query({ args }) {
      lookUps += 1;
      return args.includes("nobodys") ? [] : [{ app: "app_1", expires_at: null, origins: "[]" }];
    },
  };
  const book = createCodeBook({ db, now: () => 0 });
  for (let n = 0; n < MANY; n++) await book.find(`code${n}`);
  expect(await book.find("nobodys")).toBeNull();
  lookUps = 0;
  expect(await book.find("code0")).toMatchObject({ appId: "app_1" });
  expect(lookUps).toBe(0);
});

function unused(): Promise<never> {
  return Promise.reject(new Error("nothing is written"));
}
