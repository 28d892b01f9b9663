import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import type { TestProject } from "vitest/node";
import { connectionOf } from "../../worker/store/embedded-connection.ts";
import { embeddedDbOn } from "../../worker/store/embedded-db.ts";
import { migrate } from "../../worker/store/migrate.ts";
import { MIGRATIONS } from "../../worker/store/migrations.ts";

/** vitest globalSetup: applies the migrations once, for all worlds of the project. */
export default async function makeTemplate(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-template-"));
  const file = join(folder, "migrated.db");
  const native = new Database(":memory:");
  native.exec("PRAGMA foreign_keys = ON");
  await migrate(embeddedDbOn(connectionOf(native)), MIGRATIONS, 0);
  // Without a log beside it: the one file is all of it.
  native.prepare("VACUUM INTO ?").run(file);
  native.close();
  project.provide("templateDb", file);
  return () => rmSync(folder, { recursive: true });
}
