import type { EventKind } from "../domain/event-kinds.ts";
import type { DeliveryError } from "../domain/webhook-error.ts";

/** What each kind of event tells, where one chooses which are sent. */
const KINDS: Readonly<Record<EventKind, string>> = {
  "signup.created": "A visitor became your customer.",
  "conversion.created": "A customer paid, and it was recorded.",
  "refund.created": "Money went back to a customer.",
  "commission.created": "A creator earned something.",
  "commission.confirmed": "The time for refunds is over: it can be paid out.",
  "commission.cancelled": "Some or all of it was taken back before it could be paid out.",
  "commission.clawed_back": "Some or all of it was taken back after that.",
  "commission.held": "It was frozen, by you or by a dispute.",
  "commission.released": "It is no longer frozen, or no longer in review.",
  "payout.created": "A payout was begun.",
  "payout.paid": "It arrived.",
  "payout.failed": "It did not go through.",
  "payout.returned": "It arrived, and came back.",
  "credit.awarded": "An account got credits.",
  "credit.revoked": "Credits were taken back.",
  "referral.completed": "A friend who was brought counts.",
  "affiliate.joined": "Somebody became your creator.",
  "affiliate.status_changed": "A creator was let in, suspended, let back or ended.",
};

/** What events are about, by what their kind begins with. */
const SUBJECTS: Readonly<Record<string, string>> = {
  signup: "Signups",
  conversion: "Payments",
  refund: "Refunds",
  commission: "Commissions",
  payout: "Payouts",
  credit: "Friend credits",
  referral: "Friends brought",
  affiliate: "Creators",
};

/** What went wrong with a delivery, beside an answer that is no success. */
const ERRORS: Readonly<Record<DeliveryError, string>> = {
  timeout: "It took longer than 15 seconds.",
  connection: "It refused the connection, or ended it.",
  tls: "Its certificate does not hold.",
  name: "Nothing on the internet has that name.",
  not_public: "Its name leads into a private network, where we send nothing.",
  redirect: "It sent us elsewhere, where we do not follow. Name the URL that answers itself.",
  status: "Only 2xx counts as taken.",
  secret: "Its secret cannot be read any more. Replace it.",
  skipped: "Never sent: you skipped what was missed.",
};

/** Words of the owner's pages about webhooks. */
export const WEBHOOKS = {
  kinds: KINDS,
  subjectOf: (subject: string) => SUBJECTS[subject] ?? subject,
  errors: ERRORS,
  done: {
    saved: "Saved.",
    on: "It is on again. What waited is on its way.",
    onFromNow: "It is on again, from the next event on.",
    off: "It is off. What happens meanwhile waits for it.",
    deleted: "The endpoint is gone, and its deliveries with it.",
    resent: "It was sent again, under the same id. What came of it is the newest try.",
    once: "That form was sent before: nothing was done again.",
  } as Readonly<Record<string, string>>,

  title: "Webhooks",
  lead: "We call your backend whenever something happens, so that it need not ask.",
  add: "Add an endpoint",
  none: "No endpoint yet",
  noneText: "Name a URL of your backend, and it is told of signups, payments, commissions and payouts within seconds.",
  head: { endpoint: "Endpoint", events: "Events", state: "State", waiting: "Waiting", success: "Last success" },
  allEvents: "All",
  someEvents: (count: number, all: number) => `${count} of ${all}`,
  never: "None yet",
  waiting: (count: number, most: number) => (count >= most ? `${most.toLocaleString("en")} or more` : String(count)),
  since: "Since",
  feed: "Rather ask than be called? All events can be read in their order, too.",
  feedLink: "The events of this app",

  states: {
    working: "Working",
    fresh: "Nothing sent yet",
    failing: "Failing",
    off: "Off",
  },
  attention: {
    failing: (name: string) => `${name} does not take our calls`,
    failingText:
      "Each is tried again for three days. When nothing has got through for five, we switch the endpoint off.",
    failingSince: "Nothing has got through since",
    offFailing: (name: string) => `We switched ${name} off`,
    offFailingText:
      "Nothing had got through to it for five days. Mend it, send a test, then switch it on: what happened meanwhile waits.",
    offGone: (name: string) => `${name} said that it is gone`,
    offGoneText:
      "It answered 410, so we switched it off. If that was a slip, switch it on: what happened meanwhile waits.",
    several: (count: number) => `${count} webhook endpoints need a look`,
    severalText: "They do not take our calls, or were switched off for it.",
    look: "Look at it",
  },
  offBecause: {
    owner: "Switched off by hand",
    failing: "Switched off: nothing got through",
    gone: "Switched off: it said that it is gone",
  },

  fresh: {
    title: "Add an endpoint",
    lead: "It is told of what happens from now on.",
    submit: "Add the endpoint",
  },
  form: {
    url: "URL",
    urlHint: "Of your backend, with https. It takes a POST with JSON, and answers 2xx within 15 seconds.",
    urlPlaceholder: "https://api.shop.example/webhooks/agentlinks",
    description: "Description",
    descriptionHint: "What it is for. Only you see it.",
    events: "Which events",
    all: "All of them",
    allHint: "Kinds that come later, too.",
    some: "Only these",
    someHint: "What you tick below.",
    kinds: "Kinds of events",
    /** What the field needs, after "It". */
    pickOne: "must be at least one kind, or all of them",
  },

  secret: {
    made: "The endpoint's secret",
    rolled: "The new secret",
    lead: "Copy it now. It is shown this once, and no page shows it again.",
    label: "Signing secret",
    use: "Your backend verifies with it that a call is ours. It does not belong into a page, a repository or a mail.",
    both: "Until then each call carries a signature by the old secret, too:",
    alone: "The old secret signs nothing any more.",
    toEndpoint: "Go to the endpoint",
  },

  verify: {
    title: "How to verify",
    lead: "Whoever knows the URL can call it. Take only what carries our signature.",
    code: "Verify a call in Node, Bun, Deno or Workers",
    install: "Install the package",
    points: [
      "Verify the body as it came: parsed and written anew, it has another signature.",
      "Answer 2xx as soon as you have kept it, and work on it after that.",
      "The same event may come twice, always under the same webhook-id: keep the ids, and let go what you know.",
      "What concerns one payment, payout or creator comes in its order. Other things do not wait for it.",
    ],
    docs: "All about webhooks",
  },

  endpoint: {
    edit: "Change",
    test: "Send a test",
    stateLabel: "State",
    waiting: "Waiting",
    waitingNote: "Each is tried again by itself",
    waitingOff: "Sent when it is on again, but for what you skip",
    success: "Last success",
    settings: "Settings",
    url: "URL",
    description: "Description",
    events: "Events",
    secret: "Secret",
    secretStart: (prefix: string) => `${prefix}…`,
    oldSecret: "The old one signs until",
    created: "Added",
    roll: "Replace the secret",
    remove: "Delete",
    offTitle: "Switch it off",
    offLead: "Nothing is sent then. What happens meanwhile waits, and is sent when it is on again.",
    offAction: "Switch off",
    onTitle: "Switch it on",
    onLead: "What happened since it was off is kept.",
    onContinue: "Go on where it stopped",
    onSkip: "Skip what was missed",
    removeLead: "Its deliveries go with it.",
  },

  tested: {
    ok: "The test arrived.",
    answered: (status: number, ms: string) => `It answered ${status} after ${ms}.`,
    failed: "The test did not arrive.",
    answer: "Its answer",
  },

  deliveries: {
    title: "Deliveries",
    lead: "What was sent to it in the last 30 days, the newest first.",
    filter: "Filter the deliveries",
    status: "State",
    everything: "Everything",
    states: { waiting: "Waiting", delivered: "Delivered", failed: "Failed" },
    show: "Show",
    none: "Nothing yet",
    noneText: "The next event that it is to be told of shows up here. A test does, too.",
    noneOf: "Nothing of this kind",
    noneOfText: "No delivery stands like this.",
    head: { event: "Event", state: "State", at: "Happened" },
    tries: (count: number) => (count === 1 ? "Tried once." : `Tried ${count} times.`),
    next: "Next try:",
    behind: "Waits for an earlier one about the same",
    due: "Due, and sent in its turn",
    answered: (status: number) => `It answered ${status}.`,
  },

  delivery: {
    title: (kind: string) => `Delivery of ${kind}`,
    to: "To",
    facts: "What was sent",
    kind: "Kind",
    about: "About",
    state: "State",
    at: "Happened",
    delivered: "Delivered",
    next: "What comes next",
    resend: "Send it again",
    body: "Body",
    bodyLead: "Laid out to be read. It is sent on one line, and signed as it is sent.",
    headers: "Headers",
    headersLead: "As every Standard Webhook has them.",
    headerOf: {
      id: "The event's id, the same with every try. Keep it, and let go what you know.",
      timestamp: "Seconds since 1970, of this very try. Refuse what is older than five minutes.",
      signature:
        "v1, and a Base64 HMAC-SHA256 of id, timestamp and body with dots between them. While a secret is being replaced there are two, with a space between them.",
      type: "The body is JSON.",
    },
    attempts: "Tries",
    attemptsLead: "The newest first.",
    noAttempts: "It was not tried yet.",
    head: { at: "When", result: "Result", took: "Took" },
    byHand: "By hand",
    noResponse: "No answer",
    excerpt: "Show the answer",
    excerptOf: "Beginning of the answer",
  },

  change: {
    title: "Change the endpoint",
    lead: "What waits goes to the new URL, too.",
  },
  roll: {
    title: "Replace the secret?",
    lead: "You get a new one. Where the old one may have leaked, end it at once.",
    when: "The old secret",
    overlap: "Signs for another 24 hours",
    overlapHint:
      "Each call carries two signatures, so that nothing breaks while you bring the new one to your servers.",
    now: "Ends at once",
    nowHint: "Until your servers have the new one, they refuse our calls, and we try those again.",
    submit: "Make the new secret",
  },
  remove: {
    title: (name: string) => `Delete ${name}?`,
    lead: "Nothing is sent to it any more, what waits for it is dropped, and its deliveries are forgotten.",
    action: "Delete the endpoint",
  },
  milliseconds: (ms: number) => (ms < 1_000 ? `${ms}\u00a0ms` : `${(ms / 1_000).toFixed(1)}\u00a0s`),
} as const;

/** Words of the page of an app's events. */
export const EVENT_LOG = {
  title: "Events",
  lead: "All that happened and is told to others, the newest first.",
  filter: "Filter the events",
  kind: "Kind",
  everything: "All kinds",
  show: "Show",
  none: "No event yet",
  noneText: "The first signup, payment or creator shows up here.",
  noneOf: "Nothing of this kind",
  noneOfText: "It did not happen yet.",
  head: { at: "When", what: "What", about: "About" },
  data: "Show the event",
  dataOf: (id: string) => `Event ${id}`,
  feed: "Ask for them",
  feedLead:
    "Your backend reads all events in their order, each once: it keeps the id of the last one, and asks for what came after.",
  feedFirst: "From the beginning",
  feedNext: "After the last one you have",
  feedPoints: [
    "While next_cursor is not null there are more: ask at once, after it. Else ask again whenever you like.",
    "Nothing is skipped, whatever is written meanwhile: none is put between two others.",
  ],
  hooks: "Be called instead",
  docs: "All about events and the feed",
} as const;
