import { beforeEach, expect, test } from "vitest";
import { auditBooks } from "../../worker/services/operations/audit-books.ts";
import { payoutsOf } from "../support/payouts.ts";
import { auditOf, openFullStage, OWNER, payAll, postForm, type ProgramStage } from "../support/program-stage.ts";
import { createWorld, type World } from "../support/world.ts";

let world: World;
let stage: ProgramStage;

beforeEach(async () => {
  world = await createWorld();
  stage = await openFullStage(world);
});

test("R-conversion_pages the list is narrowed to a status or a lane, whoever's the conversions are", async () => {
  const { clear, review, second, held } = stage.conversions;
  const shown = async (show: string) => idsIn((await stage.owner.get(stage.at(`/conversions?show=${show}`))).text);
  expect(await shown("")).toEqual([held, second, review, clear]);
  expect(await shown("held")).toEqual([held]);
  expect(await shown("review")).toEqual([second, review]);
  expect(await shown("confirmed")).toEqual([second, review, clear]);
  expect(await shown("paid")).toEqual([]);
});

test("AR22 R-conversion_pages a conversion says in words why it stands where it does, and its sum is that of the books", async () => {
  const { text } = await stage.owner.get(stage.at(`/conversions/${stage.conversions.review}`));
  expect(text).toContain("Nobody but the public said that there was this payment.");
  expect(text).toContain("57.00 USD");
  expect(text).toContain("−3.00 USD");
  const asked = await stage.owner.get(stage.at("/activity/explain?subject=payment&id=order-review"));
  expect(asked.location).toBe(stage.at(`/conversions/${stage.conversions.review}`));
  const user = await stage.owner.get(stage.at("/activity/explain?subject=user&id=nobody-knows"));
  expect(user.text).toContain("Nothing was ever recorded of this user in this app.");
});

test("R-review_pages many are decided on at once with one reason, and what cannot be is named with why", async () => {
  const { review, second, clear } = stage.conversions;
  const path = stage.at("/conversions/review");
  const without = await postForm(world, stage, path, new URLSearchParams({ decision: "approve", reason: "fine" }));
  expect([without.status, without.text]).toEqual([400, expect.stringContaining("It choose at least one")]);
  const unsaid = await postForm(world, stage, path, chosen([review], { decision: "approve" }));
  expect([unsaid.status, unsaid.text]).toEqual([400, expect.stringMatching(new RegExp(`value="${review}" checked`))]);
  const done = await postForm(world, stage, path, chosen([review, second], { decision: "approve", reason: "fine" }));
  expect([done.status, done.location]).toEqual([303, `${path}?done=approve&count=2`]);
  const [line] = await auditOf(world, stage.app, "review.approved");
  expect(line).toMatchObject({ actor: expect.stringMatching(/^user:usr_/), reason: "fine" });
  const again = await postForm(world, stage, path, chosen([second, clear], { decision: "reject", reason: "no" }));
  expect(again.text).toContain("decided the other way before");
  expect(again.text).toContain("not waiting any more");
});

test("AR27 R-affiliate_pages a bonus is posted once however often its form is sent, with who and why", async () => {
  const page = stage.at(`/affiliates/${stage.app.affiliateId}`);
  const once = /name="once" value="([\w-]+)"/.exec((await stage.owner.get(page)).text)?.[1] ?? "";
  const bonus = { once, amount: "12.50", currency: "USD", reason: "launch post" };
  const before = (await world.balance(stage.app)).available_cents;
  for (let n = 0; n < 2; n++) {
    const answer = await stage.owner.post(`${page}/corrections`, bonus);
    expect([answer.status, answer.location]).toEqual([303, `${page}?done=corrected`]);
  }
  expect((await world.balance(stage.app)).available_cents).toBe(before + 1_250);
  const wrong = await stage.owner.post(`${page}/corrections`, { ...bonus, amount: "12,505" });
  expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining('value="12,505"')]);
  const lines = await auditOf(world, stage.app, "correction.posted");
  expect(lines).toMatchObject([{ actor: expect.stringMatching(/^user:usr_/), reason: "launch post" }]);
});

test("AR27 R-owner_pages a customer is given to a creator by a code of theirs, and erased after being asked", async () => {
  const made = await stage.owner.post(stage.at("/affiliates/add"), { email: "kim@example.test", ref: "kimkim" });
  expect(made.status).toBe(303);
  const assignment = { user_id: "clear", ref: "kimkim", reason: "they told us" };
  const wrong = await stage.owner.post(stage.at("/conversions/customers/assign"), { ...assignment, ref: "nobody" });
  expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining("no code of a creator here")]);
  const done = await stage.owner.post(stage.at("/conversions/customers/assign"), assignment);
  expect(done.location).toBe(stage.at("/activity/explain?user_id=clear&done=assigned"));
  const erased = await stage.owner.post(stage.at("/conversions/customers/erase"), { user_id: "clear" });
  expect(erased.status).toBe(303);
  expect((await stage.owner.get(stage.at(`/conversions/${stage.conversions.clear}`))).text).toContain("erased");
});

test("AR16 R-affiliate_pages a status is changed after a look at what it does, with a reason", async () => {
  const app = stage.app.affiliateId;
  const page = stage.at(`/affiliates/${app}/status`);
  const preview = await stage.owner.get(`${page}?to=suspended`);
  expect(preview.text).toContain("Payouts leave them out until they are active again.");
  const unsaid = await stage.owner.post(page, { to: "suspended", reason: "" });
  expect([unsaid.status, unsaid.text]).toEqual([400, expect.stringContaining("It must not be empty")]);
  expect((await stage.owner.get(`${page}?to=applied`)).status).toBe(409);
  expect((await stage.owner.post(page, { to: "suspended", reason: "asks" })).status).toBe(303);
  const [line] = await auditOf(world, stage.app, "affiliate.changed");
  expect(line).toMatchObject({ actor: expect.stringMatching(/^user:usr_/), reason: "asks" });
  const log = await stage.owner.get(stage.at("/activity/audit?action=affiliate.changed"));
  expect(log.text).toMatch(/owner@example\.test.*Changed a creator.*active › suspended/s);
  expect((await stage.owner.post(page, { to: "active", reason: "sorted out" })).status).toBe(303);
});

test("AR18 R-payout_pages a batch is approved and run once however often the buttons are pressed, by a fresh code alone", async () => {
  const drafted = await stage.owner.post(stage.at("/payouts/draft"), {});
  const batch = drafted.location?.split("?")[0] ?? "";
  expect(batch).toMatch(/\/payouts\/bat_/);
  await ageSessions();
  for (const verb of ["approve", "run"]) {
    expect((await stage.owner.post(`${batch}/${verb}`)).location).toMatch(/^\/signin\/confirm\?next=/);
  }
  expect((await stage.owner.get(`${batch}/csv`)).location).toMatch(/^\/signin\/confirm\?next=/);
  expect((await stage.owner.get(batch)).text).toContain("Draft");
  stage.owner.cookies.clear();
  await stage.owner.signIn(OWNER);
  await stage.owner.get(batch);
  const approvals = [await stage.owner.post(`${batch}/approve`), await stage.owner.post(`${batch}/approve`)];
  expect(approvals.map(({ location }) => location)).toEqual([`${batch}?done=approved`, `${batch}?done=approvedBefore`]);
  const runs = await Promise.all([stage.owner.post(`${batch}/run`), stage.owner.post(`${batch}/run`)]);
  expect(runs.map(({ status }) => status)).toEqual([303, 303]);
  expect((await stage.owner.post(`${batch}/run`)).location).toBe(`${batch}?done=ranBefore`);
  expect(await payoutsOf(world, stage.app)).toHaveLength(1);
  expect(await auditOf(world, stage.app, "payouts.run")).toHaveLength(1);
  expect(await auditBooks(world.db)).toEqual([]);
});

test("R-payout_pages the file that was filled in is taken over, by its upload or its text, and a second time changes nothing", async () => {
  await payAll(world, stage.app);
  const [payout] = await payoutsOf(world, stage.app);
  const batch = stage.at(`/payouts/${payout.batch_id}`);
  const file = (await stage.owner.get(`${batch}/csv`)).text;
  expect(file).toContain(payout.id);
  const results = `payout_id,status,reference,reason\n${payout.id},settled,wire 7,\n`;
  const form = new FormData();
  form.set("file", new File([results], "results.csv", { type: "text/csv" }));
  const done = await postForm(world, stage, `${batch}/results`, form);
  expect([done.status, done.location]).toEqual([303, `${batch}?done=imported&count=1`]);
  const wrong = await stage.owner.post(`${batch}/results`, { text: results.replace("settled", "failed") });
  expect(wrong.text).toContain("noted as arrived before");
  expect((await stage.owner.post(`${batch}/results`, { text: "" })).status).toBe(400);
  const page = await stage.owner.get(stage.at(`/payouts/payout/${payout.id}`));
  expect(page.text).toMatch(/Arrived.*wire 7/s);
});

/** The conversions that a list leads to, in their order. */
function idsIn(text: string): readonly string[] {
  return [...text.matchAll(/href="[^"]*\/conversions\/(conv_[\w-]+)"/g)].map(([, id]) => id ?? "");
}

function chosen(ids: readonly string[], fields: Readonly<Record<string, string>>): URLSearchParams {
  const form = new URLSearchParams(fields);
  for (const id of ids) form.append("id", id);
  return form;
}

/** Every session began an hour ago. */
async function ageSessions(): Promise<void> {
  await world.db.batch([{ sql: "UPDATE sessions SET created_at = created_at - 3600000", args: [] }]);
}
