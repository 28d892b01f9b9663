import type * as answers from "./answers.ts";
import type * as calls from "./calls.ts";
import type { AgentLinksEvent, EventsPage } from "./events.ts";
import { type AgentLinksOptions, type CallOptions, openTransport, type Send } from "./transport.ts";

/**
 * AgentLinks for one app's backend. Methods answer what the server answered. They throw AgentLinksError when the call failed at
 * last, and TypeError where it makes no sense to send it.
 */
export class AgentLinks {
  readonly track: ReturnType<typeof trackCalls>;
  readonly affiliates: ReturnType<typeof affiliateCalls>;
  readonly tokens: ReturnType<typeof tokenCalls>;
  readonly credits: ReturnType<typeof creditCalls>;
  readonly referrals: ReturnType<typeof referralCalls>;
  readonly events: ReturnType<typeof eventCalls>;
  readonly webhooks: ReturnType<typeof webhookCalls>;

  constructor(options: AgentLinksOptions) {
    const send = openTransport(options);
    this.track = trackCalls(send);
    this.affiliates = affiliateCalls(send);
    this.tokens = tokenCalls(send);
    this.credits = creditCalls(send);
    this.referrals = referralCalls(send);
    this.events = eventCalls(send);
    this.webhooks = webhookCalls(send);
  }
}

function trackCalls(send: Send) {
  return {
    /** A user who came by a code signed up. From now on their payments are the creator's, whoever sent them later. */
    signup: (body: calls.SignupCall, options?: CallOptions) =>
      send<answers.SignupAnswer>({
        method: "POST",
        path: "/api/track/signup",
        repetition: "keyed",
        body,
        options,
      }),

    /** A user paid. */
    conversion: (body: calls.ConversionCall, options?: CallOptions) =>
      send<answers.ConversionAnswer>({
        method: "POST",
        path: "/api/track/conversion",
        repetition: "keyed",
        body,
        options,
      }),

    /** A payment was given back, all of it or in part. */
    refund: (body: calls.RefundCall, options?: CallOptions) =>
      send<answers.RefundAnswer>({ method: "POST", path: "/api/track/refund", repetition: "keyed", body, options }),

    /** A landing that your server saw. Without `visitor` a click whose answer was lost is not sent again: it would count twice. */
    click: (body: calls.ClickCall, options?: CallOptions) =>
      send<answers.ClickAnswer>({
        method: "POST",
        path: "/api/track/click",
        repetition: body.visitor == null ? "once" : "repeatable",
        body,
        options,
      }),

    /** Whether a code would be taken, as for one typed at a checkout. */
    validate: (body: calls.ValidateCall, options?: CallOptions) =>
      send<answers.ValidateAnswer>({ method: "POST", path: "/api/track/validate", repetition: "read", body, options }),
  };
}

function affiliateCalls(send: Send) {
  return {
    /** Makes somebody an affiliate; who is one already is answered as they are. */
    create: (body: calls.NewAffiliate, options?: CallOptions) =>
      send<answers.AffiliateAnswer>({
        method: "POST",
        path: "/api/v1/affiliates",
        repetition: "repeatable",
        body,
        options,
      }),

    get: (affiliateId: string, options?: CallOptions) =>
      send<answers.AffiliateAnswer>({ method: "GET", path: affiliatePath(affiliateId), repetition: "read", options }),

    /** Newest first. */
    list: (query: calls.AffiliatesCall = {}, options?: CallOptions) =>
      send<answers.AffiliatesPage>({
        method: "GET",
        path: "/api/v1/affiliates",
        repetition: "read",
        query: { ...query },
        options,
      }),

    /** One balance for each currency. */
    balance: (affiliateId: string, options?: CallOptions) =>
      send<answers.BalancesAnswer>({
        method: "GET",
        path: `${affiliatePath(affiliateId)}/balance`,
        repetition: "read",
        options,
      }),

    /** Newest first. */
    commissions: (affiliateId: string, query: calls.CommissionsCall = {}, options?: CallOptions) =>
      send<answers.CommissionsPage>({
        method: "GET",
        path: `${affiliatePath(affiliateId)}/commissions`,
        repetition: "read",
        query: { ...query },
        options,
      }),
  };
}

function affiliatePath(id: string): string {
  return `/api/v1/affiliates/${encodeURIComponent(id)}`;
}

function tokenCalls(send: Send) {
  return {
    /** What the page of one user gets, so that it speaks for that account alone: friend credits. */
    create: (body: calls.TokenCall, options?: CallOptions) =>
      send<answers.TokenAnswer>({ method: "POST", path: "/api/v1/tokens", repetition: "repeatable", body, options }),
  };
}

function creditCalls(send: Send) {
  return {
    /** What an account has to spend, and how it came by it. */
    get: (accountId: calls.OwnId, query: calls.PageCall = {}, options?: CallOptions) =>
      send<answers.CreditsAnswer>({
        method: "GET",
        path: "/api/v1/credits",
        repetition: "read",
        query: { ...query },
        account: accountId,
        options,
      }),

    /** Pays with credits, once under your `reference`. `conflict`: the account has fewer. */
    spend: (call: calls.SpendCall, options?: CallOptions) => {
      const { account_id: account, ...body } = call;
      const path = "/api/v1/credits/spend";
      return send<answers.SpendAnswer>({ method: "POST", path, repetition: "repeatable", body, account, options });
    },
  };
}

function referralCalls(send: Send) {
  return {
    /** A new user came by a friend's code. Whatever stands against it is an answer: `success` is false. */
    redeem: (body: calls.RedeemCall, options?: CallOptions) =>
      send<answers.RedeemAnswer>({
        method: "POST",
        path: "/api/v1/referrals/redeem",
        repetition: "repeatable",
        body,
        options,
      }),

    /** What was redeemed as pending counts now. */
    complete: (body: calls.CompleteCall, options?: CallOptions) =>
      send<answers.RedeemAnswer>({
        method: "POST",
        path: "/api/v1/referrals/complete",
        repetition: "repeatable",
        body,
        options,
      }),
  };
}

function eventCalls(send: Send) {
  return {
    /** A page of what happened after an event, the oldest first. With `type` a page may hold few or none and still go on. */
    list: (query: calls.EventsCall = {}, options?: CallOptions) => listEvents(send, query, options),

    /** Every event after one, page by page, until the newest. Keep the id of the last one you took for the next time. */
    async *all(query: calls.EventsCall = {}, options?: CallOptions): AsyncGenerator<AgentLinksEvent, void, void> {
      for (let { after } = query; ;) {
        const page = await listEvents(send, { ...query, after }, options);
        yield* page.events;
        if (page.next_cursor === null) return;
        after = page.next_cursor;
      }
    },
  };
}

function listEvents(send: Send, { type, ...query }: calls.EventsCall, options?: CallOptions): Promise<EventsPage> {
  const types = type === undefined ? null : [type].flat().join(",");
  return send({
    method: "GET",
    path: "/api/v1/events",
    repetition: "read",
    query: { ...query, type: types },
    options,
  });
}

const WEBHOOKS = "/api/v1/webhooks";

/** What would not end the same twice is not sent again where it may have been done: `list` shows whether it was. */
function webhookCalls(send: Send) {
  return {
    list: (options?: CallOptions) =>
      send<answers.EndpointsAnswer>({ method: "GET", path: WEBHOOKS, repetition: "read", options }),

    /** Where events are sent from now on. Its secret is in this answer alone. */
    create: (body: calls.NewEndpoint, options?: CallOptions) =>
      send<answers.IssuedEndpointAnswer>({ method: "POST", path: WEBHOOKS, repetition: "once", body, options }),

    get: (endpointId: string, options?: CallOptions) =>
      send<answers.EndpointAnswer>({ method: "GET", path: endpointPath(endpointId), repetition: "read", options }),

    update: (endpointId: string, body: calls.EndpointChange, options?: CallOptions) =>
      send<answers.EndpointAnswer>({
        method: "PATCH",
        path: endpointPath(endpointId),
        repetition: "repeatable",
        body,
        options,
      }),

    delete: (endpointId: string, options?: CallOptions) =>
      send<null>({ method: "DELETE", path: endpointPath(endpointId), repetition: "once", options }),

    /** Another secret, which is in this answer alone. */
    roll: (endpointId: string, body: calls.RollCall = {}, options?: CallOptions) =>
      send<answers.IssuedEndpointAnswer>({
        method: "POST",
        path: `${endpointPath(endpointId)}/roll`,
        repetition: "once",
        body,
        options,
      }),

    /** Sends a TestEvent at once, and answers how that went. */
    test: (endpointId: string, options?: CallOptions) =>
      send<answers.AttemptAnswer>({
        method: "POST",
        path: `${endpointPath(endpointId)}/test`,
        repetition: "once",
        options,
      }),
  };
}

function endpointPath(id: string): string {
  return `${WEBHOOKS}/${encodeURIComponent(id)}`;
}
