import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { openDb } from "../../worker/store/open-db.ts";
import { closedAfterwards, startTestServer } from "../support/db-drivers.ts";
import { tempFolder } from "../support/temp-folder.ts";

const ONE = { sql: "SELECT 1 AS one", args: [] };

describe("the scheme of the URL picks the driver", () => {
  test.each(["memory:", ":memory:"])("%s", async (url) => {
    expect(await closedAfterwards(openDb({ url })).query(ONE)).toEqual([{ one: 1 }]);
  });

  test("file: with a path", async () => {
    const file = join(tempFolder(), "a b.db");
    await closedAfterwards(openDb({ url: `file:${file}` })).batch([ONE]);
    expect(existsSync(file)).toBe(true);
  });

  test("file:// with an escaped path", async () => {
    const file = join(tempFolder(), "a b.db");
    await closedAfterwards(openDb({ url: pathToFileURL(file).href })).batch([ONE]);
    expect(existsSync(file)).toBe(true);
  });

  test("http: with a token", async () => {
    expect(await closedAfterwards(openDb(await startTestServer())).query(ONE)).toEqual([{ one: 1 }]);
  });

  test("libsql: with TLS switched off", async () => {
    const { url, authToken } = await startTestServer();
    const db = closedAfterwards(openDb({ url: `${url.replace("http:", "libsql:")}?tls=0`, authToken }));
    expect(await db.query(ONE)).toEqual([{ one: 1 }]);
  });

  test.each(["", "data/agentlinks.db", "postgres://secret@host/db", "file:", "file::memory:"])(
    "'%s' is refused",
    (url) => {
      expect(() => openDb({ url })).toThrow(TypeError);
    },
  );

  test("a refused URL is not repeated in the message: it may hold a secret", () => {
    expect(() => openDb({ url: "postgres://secret@host/db" })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret") }),
    );
  });
});
