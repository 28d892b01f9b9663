import { MAIL_TEMPLATES } from "../../worker/domain/mail-template.ts";
import type { Mail } from "../../worker/gateways/mail/mail.ts";
import { sendDueMail } from "../../worker/services/mail/send-due-mail.ts";
import { sendSignInCode } from "../../worker/services/mail/send-sign-in-code.ts";
import { insertMail } from "../../worker/store/outbox-store.ts";
import { addApplicant, DAY_MS } from "./creators.ts";
import { draft, giveMethod, payoutsOf, runBatch, setMinimums } from "./payouts.ts";
import type { Db } from "../../worker/store/db.ts";
import { rowsOf } from "./dump.ts";
import { createWorld, type Json, START, type World } from "./world.ts";

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

/** One mail of every kind, of an app and creator of this name. */
export async function mailsOfEveryKind(name: string): Promise<ReadonlyMap<string, Mail>> {
  const world = await createWorld();
  const rows = await rowsOfAll(world, name);
  await world.db.batch(rows.map(({ app, ...row }) => insertMail(app, { ...row, now: world.deps.now() })));
  const set = `UPDATE outbox SET payload = json_set(payload, '$.affiliate', (SELECT a.id FROM affiliate a WHERE a.app = outbox.app
    AND a.status = iif(json_extract(outbox.payload, '$.template') = 'application', 'applied', 'active') LIMIT 1)) WHERE id LIKE 'test.%'`;
  const vouch = `UPDATE outbox SET payload = json_set(payload, '$.from', ?1) WHERE id = 'test.friend_invitation'`;
  await world.db.batch([
    { sql: set, args: [] },
    { sql: vouch, args: [name.replaceAll("\0", "")] },
  ]);
  for (let run = 0; run < 2; run++) await sendDueMail(world.deps);
  for (const confirms of [false, true]) {
    await sendSignInCode(world.deps, { to: "kim@example.test", code: "123456", confirms });
  }
  const [signIn, confirm] = world.mails().slice(-2);
  const mails = new Map(
    world.mails().flatMap((mail) => {
      const template = /\.test\.(\w+)$/.exec(mail.id ?? "")?.[1];
      return template === undefined ? [] : [[template, mail] as const];
    }),
  );
  if (signIn !== undefined) mails.set("sign_in", signIn);
  if (confirm !== undefined) mails.set("confirm", confirm);
  return mails;
}

/** What stands for the address of a friend. */
const ADDRESS = "f".repeat(32);

async function rowsOfAll(world: World, name: string) {
  const app = await world.newApp();
  const invited = await world.call("/api/v1/invitations", { email: "kim@example.test" }, { key: app.key });
  await world.call(
    "/api/track/conversion",
    { ref: app.ref, user_id: "u1", amount_cents: 10_000, event_id: "e1" },
    { key: app.key },
  );
  await giveMethod(world, app);
  await setMinimums(world, app, { usd: 1 });
  world.advance(15 * DAY_MS);
  await runBatch(world, app);
  const [payout] = await payoutsOf(world, app);
  await world.call(
    "/api/track/conversion",
    { ref: app.ref, user_id: "u1", amount_cents: 10_000, event_id: "e2" },
    { key: app.key },
  );
  world.advance(15 * DAY_MS);
  const { batch } = (await draft(world, app)).body;
  await addApplicant(world, app, "kim");
  const [sold] = await world.db.query({ sql: "SELECT id FROM conversion ORDER BY created_at LIMIT 1", args: [] });
  // As nobody could name them by the API: whatever is stored stays text.
  const named = name.replaceAll("\0", "");
  await world.db.batch([
    { sql: "UPDATE app SET name = ?1", args: [named] },
    { sql: "UPDATE app SET credit_about = ?1", args: [named] },
    {
      sql: `INSERT INTO webhook_endpoint (app, id, url, secret, secret_prefix, status, disabled_reason, after_seq, created_at)
        VALUES (?1, 'whe_1', 'https://hooks.example.test/', 's', 'whsec_', 'disabled', 'failing', 0, 0)`,
      args: [app.id],
    },
    {
      sql: `INSERT INTO friend_invitation (app, account, address, id, created_at) VALUES (?1, 'acc_1', ?2, 'finv_1', 0)`,
      args: [app.id, ADDRESS],
    },
    { sql: "UPDATE affiliate SET name = ?1, email = coalesce(email, 'kim@example.test')", args: [named] },
  ]);
  const data: Readonly<Record<string, Readonly<Record<string, string | number>>>> = {
    application_decided: { status: "active" },
    status_changed: { status: "suspended" },
    first_commission: { conversion: String(sold?.["id"]) },
    weekly_digest: { from_day: Math.floor(START / DAY_MS) - 3 },
    payout_sent: { payout: payout.id },
    payout_due: { batch: batch.id },
    no_events_7d: { last_day: 20_000 },
    webhook_disabled: { endpoint: "whe_1" },
    invitation: { invite: invited.body.invitation.id },
    friend_invitation: { invite: "finv_1", address: ADDRESS },
  };
  return MAIL_TEMPLATES.map((template) => ({
    app: app.id,
    id: `test.${template}`,
    to: "kim@example.test",
    template,
    data: data[template] ?? {},
  }));
}
