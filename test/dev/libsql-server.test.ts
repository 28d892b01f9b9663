import { createClient } from "@libsql/client/http";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { startLibsqlServer } from "../../dev/libsql-server.ts";
import { startTestServer } from "../support/db-drivers.ts";
import { runScript } from "../support/run-script.ts";
import { tempFolder } from "../support/temp-folder.ts";

describe("the public client against the development server", () => {
  test("values of every kind come back, by position and by name", async () => {
    const client = await connect();
    const bytes = new Uint8Array([0, 255]);
    const byPosition = await client.execute({
      sql: "SELECT ?1 AS a, ?2 AS b, ?3 AS c, ?4 AS d",
      args: [7n, 1.5, null, bytes],
    });
    expect(byPosition.rows[0]).toMatchObject({ a: 7n, b: 1.5, c: null, d: bytes.buffer });
    const byName = await client.execute({ sql: "SELECT :x AS x, typeof(@y) AS y", args: { x: "text", y: 7n } });
    expect(byName.rows[0]).toMatchObject({ x: "text", y: "integer" });
  });

  test("counts the rows a statement wrote, with and without RETURNING", async () => {
    const client = await connect();
    const results = await client.batch(
      [
        "CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT",
        "INSERT INTO t VALUES (1), (2)",
        "UPDATE t SET id = id + 10 RETURNING id",
        "SELECT id FROM t",
      ],
      "write",
    );
    expect(results.map((result) => result.rowsAffected)).toEqual([0, 2, 2, 0]);
    expect(results[1]?.lastInsertRowid).toBe(2n);
  });

  test("an interactive transaction lives from request to request, and rolls back", async () => {
    const client = await connect();
    await client.executeMultiple("CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT; INSERT INTO t VALUES (1)");
    const transaction = await client.transaction("write");
    await transaction.execute("INSERT INTO t VALUES (2)");
    expect((await transaction.execute("SELECT count(*) AS n FROM t")).rows[0]?.["n"]).toBe(2n);
    await transaction.rollback();
    expect((await client.execute("SELECT count(*) AS n FROM t")).rows[0]?.["n"]).toBe(1n);
  });

  test("a batch waits for the interactive transaction of another stream", async () => {
    const client = await connect();
    await client.execute("CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT");
    const transaction = await client.transaction("write");
    await transaction.execute("INSERT INTO t VALUES (1)");
    const waiting = client.batch(["INSERT INTO t VALUES (2)"], "write");
    await transaction.commit();
    await waiting;
    expect((await client.execute("SELECT count(*) AS n FROM t")).rows[0]?.["n"]).toBe(2n);
  });

  test("a failed batch leaves no transaction behind on its connection", async () => {
    const client = await connect();
    await client.execute("CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT");
    await expect(client.batch(["INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)"], "write")).rejects.toMatchObject(
      {
        code: "SQLITE_CONSTRAINT",
        statementIndex: 1,
      },
    );
    expect((await client.execute("SELECT count(*) AS n FROM t")).rows[0]?.["n"]).toBe(0n);
  });

  test("who switches foreign keys off does so for their own stream", async () => {
    const client = await connect();
    const foreignKeys = async () => (await client.execute("PRAGMA foreign_keys")).rows[0]?.["foreign_keys"];
    expect(await foreignKeys()).toBe(1n);
    await client.execute("PRAGMA foreign_keys = OFF");
    expect(await foreignKeys()).toBe(1n);
  });
});

test("a baton nobody holds is an expired stream", async () => {
  const { url, authToken } = await startTestServer();
  const response = await post(url, authToken, { baton: "gone", requests: [] });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: "STREAM_EXPIRED" });
});

test("health is open; everything else needs the token", async () => {
  const { url, authToken } = await startTestServer();
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect((await fetch(`${url}/v2`)).status).toBe(401);
  expect((await fetch(`${url}/v2`, { headers: { authorization: `Bearer ${authToken}` } })).status).toBe(200);
  expect((await post(url, "another", { requests: [] })).status).toBe(401);
});

test("a body that is not Hrana is answered 400", async () => {
  const { url, authToken } = await startTestServer();
  expect((await post(url, authToken, { requests: [{ type: "dance" }] })).status).toBe(400);
});

test("a file survives the server, and commits to it are synced", async () => {
  const file = join(tempFolder(), "dev", "test.db");
  const first = await startLibsqlServer({ file, token: "t" });
  const client = createClient({ url: first.url, authToken: "t" });
  await client.batch(["CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT", "INSERT INTO t VALUES (1)"], "write");
  expect((await client.execute("PRAGMA synchronous")).rows[0]?.["synchronous"]).toBe(2);
  expect(first.requests()).toBe(2);
  await first.close();
  const second = await startLibsqlServer({ file, token: "t" });
  onTestFinished(() => second.close());
  expect((await createClient({ url: second.url, authToken: "t" }).execute("SELECT id FROM t")).rows).toHaveLength(1);
});

test("as a command it prints its URL and ends on a signal", async () => {
  const { process: child, ended } = runScript(`
    process.env.DATABASE_AUTH_TOKEN = "t";
    const { main } = await import("./dev/libsql-server.ts");
    await main([]);
  `);
  const url = await new Promise<string>((resolve) =>
    child.stdout?.once("data", (chunk) => resolve(String(chunk).trim())),
  );
  expect((await fetch(`${url}/health`)).status).toBe(200);
  child.kill("SIGTERM");
  expect((await ended).trim()).toBe(url);
});

async function connect() {
  const { url, authToken } = await startTestServer();
  return createClient({ url, authToken, intMode: "bigint" });
}

function post(url: string, token: string, body: unknown): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return fetch(`${url}/v2/pipeline`, { method: "POST", headers, body: JSON.stringify(body) });
}
