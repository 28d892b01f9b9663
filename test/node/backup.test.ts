import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { expect, test, vi } from "vitest";
import { runBackup, runRestore } from "../../worker/cli-backup.ts";
import { openEmbeddedDb } from "../../worker/store/embedded-db.ts";
import { jsonOf, type NodeDoor, startNodeDoor } from "../support/node-door.ts";
import { runCommand } from "../support/run-command.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { copyMigratedDb } from "../support/template-db.ts";

const REMOTE = { DATABASE_URL: "libsql://db.example.test" };
const WRITERS = 8;
const WRITTEN_BEFORE = 40;

test("R-backup a backup that is made while conversions are written has every one answered before, and its books balance", async () => {
  const folder = tempFolder();
  const door = await startNodeDoor(folder);
  const writing = startWriting(door);
  await writing.until(WRITTEN_BEFORE);
  const before = writing.answered();
  const made = await runCommand(folder, ["backup", "copy.db"]);
  const after = writing.answered().length;
  expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining("its books balance") });
  const copy = join(folder, "copy.db");
  const held = await told([copy, "--force"], join(folder, "data/agentlinks.db"));
  expect(held).toEqual({ code: 1, output: expect.stringContaining("Stop the server first") });
  await writing.stop();
  // The server went on meanwhile, and nothing failed.
  expect(after).toBeGreaterThan(before.length);
  expect(writing.failed()).toBe(0);
  await door.stop("SIGTERM");

  const restored = await told([copy], join(folder, "elsewhere/new.db"));
  expect(restored).toEqual({ code: 0, output: expect.stringContaining("stripe-backfill") });
  const found = await conversionsIn(join(folder, "elsewhere/new.db"));
  expect(before.filter((id) => !found.has(id))).toEqual([]);
});

test.each([
  ["where the database is", () => runBackup(["copy.db"]), { ENV: "production" }, 2, "DATABASE_URL is missing."],
  ["a file to copy", () => runBackup(["copy.db"]), REMOTE, 1, "names no file of this machine"],
  ["a file to replace", () => runRestore(["copy.db"]), REMOTE, 1, "names no file of this machine"],
  ["a name for the copy", () => runBackup([]), {}, 2, "usage: "],
  ["a number to keep", () => runBackup([".", "--keep", "0"]), {}, 2, "usage: "],
  ["a folder to keep them in", () => runBackup(["copy.db", "--keep", "3"]), {}, 2, "copy.db is none"],
  ["words they know", () => runRestore(["copy.db", "--now"]), {}, 2, "usage: "],
])("R-backup the commands need %s, and guess nothing", async (_, command, env, code, words) => {
  const outcome = await said(command, env);
  expect(outcome).toEqual({ code, output: expect.stringContaining(words) });
});

test("R-newer an older program does not start on a newer database, and its commands leave it alone", async () => {
  const folder = tempFolder();
  const file = join(folder, "agentlinks.db");
  copyMigratedDb(file);
  const db = openEmbeddedDb({ file });
  await db.batch([{ sql: "INSERT INTO migration (name, applied_at) VALUES ('9999_later', 1)", args: [] }]);
  await db.close();
  const env = { PATH: process.env["PATH"], DATABASE_URL: "file:agentlinks.db", PORT: "0" };
  const options = { cwd: folder, env, encoding: "utf8", timeout: 10_000 } as const;
  const started = spawnSync(process.execPath, [resolve("dist/node.js")], options);
  expect([started.status, started.stdout]).toEqual([1, ""]);
  expect(started.stderr).toMatch(/cannot start:\n.*newer than this program, which does not know 9999_later/);
  const migrated = spawnSync(process.execPath, [resolve("dist/cli.js"), "migrate"], options);
  expect([migrated.status, migrated.stderr]).toEqual([1, expect.stringContaining("does not know 9999_later")]);
});

/** Backends that report one payment after another, each its own, until they are told to stop. */
function startWriting(door: NodeDoor) {
  const answered: string[] = [];
  let failed = 0;
  const end = new AbortController();
  let next = 0;
  const writeOn = async () => {
    while (!end.signal.aborted) {
      const id = await convert(door, `order-${next++}`);
      if (id === null) failed += 1;
      else answered.push(id);
    }
  };
  const writers = Array.from({ length: WRITERS }, writeOn);
  return {
    answered: () => [...answered],
    failed: () => failed,
    until: async (count: number) => {
      while (answered.length < count) await new Promise((go) => setTimeout(go, 10));
    },
    stop: async () => {
      end.abort();
      await Promise.all(writers);
    },
  };
}

async function convert(door: NodeDoor, order: string): Promise<string | null> {
  const response = await fetch(`${door.url}/api/track/conversion`, {
    method: "POST",
    headers: { Authorization: `Bearer ${door.dev().demo.secretKey}` },
    body: JSON.stringify({ ref: "demo42", user_id: "kim", amount_cents: 1_000, event_id: order }),
  });
  const body = await jsonOf(response);
  return response.ok ? body.conversion_id : null;
}

/** What a restore in this process says, and its exit code. */
function told(args: readonly string[], file: string) {
  return said(() => runRestore(args), { DATABASE_URL: `file:${file}` });
}

async function said(command: () => Promise<number>, env: Readonly<Record<string, string>>) {
  vi.stubEnv("DATABASE_URL", "");
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const spies = [vi.spyOn(console, "log").mockReturnValue(), vi.spyOn(console, "error").mockReturnValue()];
  try {
    const code = await command();
    return { code, output: spies.flatMap((spy) => spy.mock.calls.flat()).join("\n") };
  } finally {
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}

async function conversionsIn(file: string): Promise<ReadonlySet<unknown>> {
  const db = openEmbeddedDb({ file });
  const rows = await db.query({ sql: "SELECT id FROM conversion", args: [] });
  await db.close();
  return new Set(rows.map((row) => row["id"]));
}
