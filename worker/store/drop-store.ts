import type { CallParams } from "./call.ts";
import type { Statement } from "./db.ts";
import { statement } from "./statement.ts";

/** Calls kept of an app: enough to see what goes wrong today. */
export const MAX_DROPS = 1_000;

export interface DropParams extends CallParams {
  readonly kind: "click" | "signup" | "conversion" | "refund" | "join";
  readonly reason: string;
  readonly user_id: string | null;
}

/** Notes a refused call for the app it speaks for, if there is one, and forgets the oldest of that app beyond the newest 1,000. */
export function insertDrop(params: DropParams): readonly Statement[] {
  return DROP.map((build) => build(params));
}

/** A refused call may name an app without a code of it. */
const DROP_APP = `coalesce(:app, (SELECT k.app FROM code k WHERE k.code = :code AND k.app = coalesce(:claimed_app, k.app)), :claimed_app)`;

const DROP = [
  statement(`
    INSERT INTO "drop" (app, kind, reason, code, user_id, created_at)
    SELECT p.id, :kind, :reason, :code, :user_id, :now FROM app p WHERE p.id = ${DROP_APP}`),
  statement(`
    DELETE FROM "drop" WHERE app = ${DROP_APP} AND seq <= (
      SELECT d.seq FROM "drop" d WHERE d.app = ${DROP_APP} ORDER BY d.seq DESC LIMIT 1 OFFSET ${MAX_DROPS})`),
];
