import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Door, openEdge, openNode } from "./fuzz/doors.ts";
import { runFuzz } from "./fuzz/run.ts";
import { Line } from "./fuzz/send.ts";

describe.each([
  ["node", openNode],
  ["edge", openEdge],
] as const)("at the door %s", (name, open) => {
  let door: Door;

  beforeAll(async () => void (door = await open()));
  afterAll(() => door.stop());

  test("D-input whatever is sent, no answer is a 5xx, undocumented or telling, and a refused call changes nothing", async () => {
    const report = await runFuzz(door, { seed: 11, inputs: 200, pages: 80 });
    expect(report.problems).toEqual([]);
    expect(report).toMatchObject({
      door: name,
      inputs: 200,
      serverErrors: 0,
      changedByRefused: 0,
      changedElsewhere: 0,
    });
    expect(report.pages).toMatchObject({ inputs: 80, asked: 80, serverErrors: 0, changedByRefused: 0 });
    // Calls that change something are among them, and refusals.
    expect(report.succeeded).toBeGreaterThan(60);
    expect(report.refused).toBeGreaterThan(60);
    expect(report.routes).toBeGreaterThan(90);
    expect(report.lookedElsewhere).toBeGreaterThan(0);
  }, 60_000);

  test("D-input an address that is none is no fault of ours", async () => {
    const line = new Line(door.url);
    const raw = Buffer.from("GET /api/v1/app HTTP/1.1\r\nhost: a\r\nhost: b\r\nauthorization: Bearer x\r\n\r\n");
    const { status } = await line.send({ method: "GET", path: "/api/v1/app", headers: {}, body: null, raw });
    line.close();
    // Node goes by the first of two; workerd makes one of both, which is no name.
    expect(status).toBe(name === "edge" ? 400 : 401);
  });
});
