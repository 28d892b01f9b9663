import type { Db } from "../../worker/store/db.ts";
import { rowsOf } from "./dump.ts";
import type { Json } from "./world.ts";

/** A mail of the outbox: its row with what its payload says. */
export interface OutboxRow {
  readonly id: string;
  readonly app: string;
  readonly template: string;
  /** Null once it has ended. */
  readonly to: string | null;
  readonly affiliate: string | null;
  readonly data: Json;
  readonly attempt: number;
  readonly nextAt: number;
  readonly outcome: string | null;
}

/** The mails of the outbox, of one template where given, the first first. */
export async function outboxOf(db: Db, template?: string): Promise<readonly OutboxRow[]> {
  const rows = (await rowsOf(db, "outbox")).map((row): OutboxRow => {
    const payload: Json = JSON.parse(String(row["payload"]));
    return {
      id: String(row["id"]),
      app: String(row["app"]),
      template: payload.template,
      to: payload.to ?? null,
      affiliate: payload.affiliate,
      data: payload.data,
      attempt: Number(row["attempt"]),
      nextAt: Number(row["next_at"]),
      outcome: row["outcome"] === null ? null : String(row["outcome"]),
    };
  });
  return rows.filter((row) => template === undefined || row.template === template);
}

/** What became of the mails of a template. */
export async function outcomesOf(db: Db, template: string): Promise<readonly (string | null)[]> {
  return (await outboxOf(db, template)).map(({ outcome }) => outcome);
}
