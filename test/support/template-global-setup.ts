import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { openEmbeddedDb } from "../../worker/store/embedded-db.ts";
import { migrate } from "../../worker/store/migrate.ts";
import { MIGRATIONS } from "../../worker/store/migrations.ts";

/** vitest globalSetup: applies the migrations once, for all worlds of the project. */
export default async function makeTemplate(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-template-"));
  const file = join(folder, "migrated.db");
  const db = openEmbeddedDb({ file });
  await migrate(db, MIGRATIONS, 0);
  await db.close();
  project.provide("templateDb", file);
  return () => rmSync(folder, { recursive: true });
}
