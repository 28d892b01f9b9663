import * as v from "valibot";
import { ANYBODY, OPERATOR } from "../access.ts";
import { Health, Readiness } from "../answers/operations.ts";
import { answer, type Operation } from "../operation.ts";

const tag = "Operations";

export const operationOperations: readonly Operation[] = [
  {
    route: "GET /health",
    tag,
    summary: "Ask whether the process lives",
    access: ANYBODY,
    answers: { 200: answer("It does.", Health) },
  },
  {
    route: "GET /ready",
    tag,
    summary: "Ask whether calls can be taken",
    description: "503 while the database cannot be written, or is of another version.",
    access: ANYBODY,
    unrecorded: true,
    answers: { 200: answer("They can.", Readiness) },
  },
  {
    route: "GET /metrics",
    tag,
    summary: "Read what is measured",
    description: "In Prometheus's text format; on Workers of one of many processes.",
    access: OPERATOR,
    unrecorded: true,
    answers: { 200: answer("Counters and histograms.", v.string(), { contentType: "text/plain" }) },
  },
];
