import { expect, test } from "vitest";
import { excessSpread, ratioSpread, spreadOf } from "../../bench/spread.ts";
import { tableText } from "../../bench/table.ts";

test("a spread is the middle, and between what eight of ten rounds were", () => {
  expect(spreadOf([11, 1, 2, 10, 3, 9, 4, 8, 5, 7, 6])).toEqual({ median: 6, p10: 2, p90: 10 });
  expect(spreadOf([1, 2])).toEqual({ median: 1.5, p10: 1.1, p90: 1.9 });
  expect(spreadOf([7])).toEqual({ median: 7, p10: 7, p90: 7 });
});

test("each round is compared with its own floor, not the middles of all of them", () => {
  expect(ratioSpread([10, 200, 30], [10, 100, 10]).median).toBe(2);
  expect(excessSpread([10, 200, 30], [10, 100, 10]).median).toBe(20);
  expect(() => ratioSpread([1, 2], [1])).toThrow("2 rounds beside 1");
});

test("a table's words stand to the left and its figures to the right", () => {
  const rows = [
    { what: "click", "per second": 12_345.6, ratio: { median: 0.8123, p10: 0.75, p90: 0.91 } },
    { what: "balance, cold", "per second": 7, ratio: null },
  ];
  expect(tableText({ title: "Rates", rows, notes: ["16 connections"] }).split("\n")).toEqual([
    "Rates",
    "  what           per second             ratio",
    "  click              12,346  0.81 (0.75–0.91)",
    "  balance, cold           7                 –",
    "  16 connections",
  ]);
});
