import { expect, test } from "vitest";
import type * as client from "../../client/src/index.ts";
import type { EventKind } from "../../worker/domain/event-kinds.ts";
import type { FailureCode } from "../../worker/domain/result.ts";
import type { presentAffiliate, presentBalance, presentCommission } from "../../worker/wire/affiliates.ts";
import type {
  presentCreditEntry,
  presentCredits,
  presentRedeemed,
  presentSpent,
  presentToken,
} from "../../worker/wire/credits.ts";
import type { ErrorBody } from "../../worker/wire/errors.ts";
import type { presentEvent } from "../../worker/wire/events.ts";
import type { presentPayment, presentRefund, presentSignup } from "../../worker/wire/track.ts";
import type { presentAttempt, presentEndpoint, presentIssuedEndpoint } from "../../worker/wire/webhooks.ts";

// The type check is the test: it compiles only while the client's types are what the server presents.

test("CL4 the types of answers are those that the server presents, field by field", () => {
  const verdicts: readonly [
    Fits<Presented<typeof presentSignup>, client.SignupAnswer>,
    Fits<Presented<typeof presentSignup>["referral"], client.SignupAnswer["referral"]>,
    Fits<Presented<typeof presentPayment>, client.ConversionAnswer>,
    Fits<Presented<typeof presentPayment>["commission"], client.ConversionAnswer["commission"]>,
    Fits<Presented<typeof presentRefund>, client.RefundAnswer>,
    Fits<Presented<typeof presentAffiliate>, client.Affiliate>,
    Fits<Presented<typeof presentBalance>, client.Balance>,
    Fits<Presented<typeof presentCommission>, client.Commission>,
    Fits<Presented<typeof presentToken>, client.TokenAnswer>,
    Fits<Presented<typeof presentCredits>, Omit<client.CreditsAnswer, "entries" | "next_cursor">>,
    Fits<Presented<typeof presentCreditEntry>, client.CreditEntry>,
    Fits<Presented<typeof presentSpent>, client.SpendAnswer>,
    Fits<Presented<typeof presentRedeemed>, client.RedeemAnswer>,
    Fits<Presented<typeof presentIssuedEndpoint>, client.IssuedEndpointAnswer>,
    Fits<Presented<typeof presentEndpoint>, client.WebhookEndpoint>,
    Fits<Presented<typeof presentAttempt>, client.WebhookAttempt>,
  ] = [
    "fits",
    "fits",
    "fits",
    "fits",
    "fits",
    "fits",
    "fits",
    "fits",
    "fits",
    "fits",
    "fits",
    "fits",
    "fits",
    "fits",
    "fits",
    "fits",
  ];
  expect(new Set(verdicts)).toEqual(new Set(["fits"]));
});

test("CL4 the types of events are those that the server tells of", () => {
  const verdicts: readonly [
    Same<client.EventType, EventKind>,
    Fits<Omit<Presented<typeof presentEvent>, "data">, Omit<client.AgentLinksEvent, "data">>,
  ] = ["same", "fits"];
  expect(verdicts).toHaveLength(2);
});

test("CL4 the codes of errors are those that the server has", () => {
  const verdicts: readonly [
    Same<client.ServerErrorCode, FailureCode>,
    Same<client.AgentLinksErrorCode, FailureCode | client.LineErrorCode>,
    Fits<NonNullable<ErrorBody["error"]["fields"]>[number], client.FieldProblem>,
  ] = ["same", "same", "fits"];
  expect(verdicts).toHaveLength(3);
});

type Presented<Present extends (...of: never) => unknown> = ReturnType<Present>;

/** Whether what the server gives may be taken for what the client promises, and neither has a field that the other lacks. */
type Fits<Wire, Answer> = [Wire] extends [Answer]
  ? Same<FieldsOf<Wire>, FieldsOf<Answer>> extends "same"
    ? "fits"
    : {
        theClientLacks: Exclude<FieldsOf<Wire>, FieldsOf<Answer>>;
        theServerLacks: Exclude<FieldsOf<Answer>, FieldsOf<Wire>>;
      }
  : "what the server gives is something else";

type Same<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? "same" : "different") : "different";

/** Of a union, the fields of any of its members. */
type FieldsOf<Value> = Value extends unknown ? keyof Value : never;
