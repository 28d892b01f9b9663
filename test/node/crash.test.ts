import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { jsonOf, type NodeDoor, startNodeDoor } from "../support/node-door.ts";
import { tempFolder } from "../support/temp-folder.ts";

const CALLS = 600;
const ATTEMPTS = 5;
/** Answers seen before the process is ended: some calls are recorded, some are under way, some have not arrived. */
const ANSWERS_BEFORE_THE_END = 150;
/** At 30 % and a fee of 5 %, 1000 leaves 285 for the creator. */
const AMOUNT = 1_000;
const NET = 285;

interface Answered {
  readonly order: number;
  readonly conversionId: string;
}

test("a process killed in the middle of 600 conversions has every answered one exactly once", async () => {
  expect(await endInTheMiddle("SIGKILL")).toBeNull();
}, 120_000);

test("a process told to stop answers what it accepted and loses none of it", async () => {
  expect(await endInTheMiddle("SIGTERM")).toBe(0);
}, 120_000);

/** Ends the server with a signal amid the calls, starts it again, and repeats every call twice. */
async function endInTheMiddle(signal: NodeJS.Signals): Promise<number | null> {
  const folder = tempFolder();
  const first = await startNodeDoor(folder);
  const { answered, code } = await convertUntil(first, signal);
  expect(answered.length).toBeGreaterThanOrEqual(ANSWERS_BEFORE_THE_END);

  const second = await startNodeDoor(folder);
  try {
    const found = await commissionIds(second);
    expect(new Set(found).size).toBe(found.length);
    expect(answered.filter(({ conversionId }) => !found.includes(conversionId))).toEqual([]);

    const repeated = await convertAll(second);
    expect(repeated).toHaveLength(CALLS);
    const idOf = new Map(repeated.map(({ order, conversionId }) => [order, conversionId]));
    expect(answered.filter(({ order, conversionId }) => idOf.get(order) !== conversionId)).toEqual([]);
    expect(await pendingCents(second)).toBe(CALLS * NET);

    await convertAll(second);
    expect(await pendingCents(second)).toBe(CALLS * NET);
    expect(await commissionIds(second)).toHaveLength(CALLS);
  } finally {
    await second.stop("SIGTERM");
  }
  const audit = spawnSync(process.execPath, [resolve("dist/cli.js"), "audit"], { cwd: folder, encoding: "utf8" });
  expect(audit.stdout).toContain("The books balance.");
  expect(audit.status).toBe(0);
  return code;
}

async function convertUntil(door: NodeDoor, signal: NodeJS.Signals) {
  const answered: Answered[] = [];
  const ended: Promise<number | null>[] = [];
  const calls = Array.from({ length: CALLS }, async (_, order) => {
    const answer = await convert(door, order);
    if (answer === null) return;
    answered.push(answer);
    if (answered.length === ANSWERS_BEFORE_THE_END) ended.push(door.stop(signal));
  });
  await Promise.all(calls);
  return { answered, code: (await Promise.all(ended))[0] ?? null };
}

async function convertAll(door: NodeDoor): Promise<readonly Answered[]> {
  const answers = await Promise.all(Array.from({ length: CALLS }, (_, order) => convertInTheEnd(door, order)));
  return answers.filter((answer) => answer !== null);
}

/** As a backend does: on a busy machine a connection may not come about in time. */
async function convertInTheEnd(door: NodeDoor, order: number): Promise<Answered | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const answer = await convert(door, order);
    if (answer !== null) return answer;
  }
  return null;
}

/** One backend call under its own event id; null when the process was gone or answered that it could not. */
async function convert(door: NodeDoor, order: number): Promise<Answered | null> {
  try {
    const response = await fetch(`${door.url}/api/track/conversion`, {
      method: "POST",
      headers: { Authorization: `Bearer ${door.dev().demo.secretKey}` },
      body: JSON.stringify({
        ref: "demo42",
        user_id: `user-${order % 50}`,
        amount_cents: AMOUNT,
        event_id: `order-${order}`,
      }),
    });
    if (!response.ok) return null;
    return { order, conversionId: (await jsonOf(response)).conversion_id };
  } catch {
    return null;
  }
}

async function get(door: NodeDoor, path: string): Promise<ReturnType<typeof JSON.parse>> {
  const response = await fetch(door.url + path, { headers: { Authorization: `Bearer ${door.dev().demo.secretKey}` } });
  return jsonOf(response);
}

async function affiliatePath(door: NodeDoor): Promise<string> {
  const { affiliates } = await get(door, "/api/v1/affiliates");
  return `/api/v1/affiliates/${affiliates[0].id}`;
}

async function pendingCents(door: NodeDoor): Promise<number> {
  const { balances } = await get(door, `${await affiliatePath(door)}/balance`);
  return balances[0].pending_cents;
}

async function commissionIds(door: NodeDoor): Promise<readonly string[]> {
  const path = `${await affiliatePath(door)}/commissions?limit=100`;
  const ids: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page = await get(door, cursor === "" ? path : `${path}&cursor=${cursor}`);
    ids.push(...page.commissions.map((commission: { id: string }) => commission.id));
    cursor = page.next_cursor;
  }
  return ids;
}
