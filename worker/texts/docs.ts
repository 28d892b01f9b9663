/** A page of the documentation. `slug`: the name of its file in `docs/`, and the end of its address. */
export interface Guide {
  readonly slug: string;
  /** What links to it say. */
  readonly label: string;
  /** What it is good for, in a sentence. */
  readonly says: string;
}

/** The page of the API's reference, which is no file of `docs/`. */
export const REFERENCE = "reference";

/** Every page of the documentation, in the order in which they are read. */
export const GUIDES: readonly { readonly name: string; readonly guides: readonly Guide[] }[] = [
  {
    name: "Start",
    guides: [
      {
        slug: "quickstart",
        label: "The first ten minutes",
        says: "From a fresh clone to a commission of an app of your own, on one machine.",
      },
      {
        slug: "owners",
        label: "Set up an app",
        says: "The steps from a new app to its first commission, page by page.",
      },
      { slug: "script", label: "The script tag", says: "What the tag reads and keeps, its attributes, and its calls." },
      { slug: "trust", label: "Whose word counts", says: "What a browser may claim, and what only your backend can." },
    ],
  },
  {
    name: "Integrate",
    guides: [
      {
        slug: "api",
        label: "API guide",
        says: "Report signups, payments and refunds, and run a program from your backend.",
      },
      { slug: REFERENCE, label: "API reference", says: "Every call with its fields, its answers and its error codes." },
      {
        slug: "client",
        label: "Client for backends",
        says: "Every call typed, repeated safely, in Node, Workers, Deno and Bun.",
      },
      {
        slug: "webhooks",
        label: "Webhooks",
        says: "Your server is told of what happens, signed, in order, and again until it answers.",
      },
      {
        slug: "events",
        label: "Events",
        says: "What happens in an app, as a feed that your backend reads when it likes.",
      },
      {
        slug: "stripe",
        label: "Stripe",
        says: "Connect an account, and payments, refunds and disputes count by themselves.",
      },
      {
        slug: "friend-credits",
        label: "Friend credits",
        says: "Your users refer friends for credits, by one element in your page.",
      },
      {
        slug: "first-party",
        label: "First-party mode",
        says: "Serve the script from your own host, so that codes are kept for longer.",
      },
    ],
  },
  {
    name: "Money",
    guides: [
      {
        slug: "money",
        label: "How money counts",
        says: "Commissions, refunds, disputes and fees, with their sums worked out.",
      },
      {
        slug: "payouts",
        label: "Payouts",
        says: "Who is paid when, by hand or by Stripe, and what a failed payout does.",
      },
      {
        slug: "explain",
        label: "Why it earned that",
        says: "The story of any payment, and why one earned nothing.",
      },
    ],
  },
  {
    name: "Proof",
    guides: [
      {
        slug: "reliability",
        label: "Twelve stories",
        says: "Where systems of this kind lose money, what happens here, and the test of each.",
      },
      {
        slug: "security",
        label: "Threats",
        says: "What somebody may try, what stands against it, and the tests that try it.",
      },
      {
        slug: "performance",
        label: "Performance",
        says: "What calls, pages and starts take beside the least that their runtime needs, and what growth adds.",
      },
      {
        slug: "scaling",
        label: "Scaling",
        says: "What breaks first at how many clicks a second, what takes over, and what a million cost.",
      },
    ],
  },
  {
    name: "People",
    guides: [
      { slug: "creators", label: "Creators", says: "How they join, what they see, and how they are paid." },
      { slug: "mail", label: "Mail", says: "What is sent to whom and when, and how mail gets out." },
      {
        slug: "privacy",
        label: "Privacy",
        says: "Everything that is stored, for how long, and how a customer is erased.",
      },
      { slug: "who-sees-what", label: "Who sees what", says: "Every page, and who is let in." },
    ],
  },
  {
    name: "Operate",
    guides: [
      { slug: "self-hosting", label: "Self-hosting", says: "Run it on one machine, or at Cloudflare's edge." },
      {
        slug: "upgrading",
        label: "Backups and upgrades",
        says: "Copy the database while it runs, put it back, and move to a new version.",
      },
      {
        slug: "moving-in",
        label: "Moving in",
        says: "Bring creators, codes, customers and open balances from another platform.",
      },
      {
        slug: "operators",
        label: "The console",
        says: "All apps of an installation: payouts, deliveries, books and fees.",
      },
    ],
  },
];

/** Words around the guides. */
export const DOCS = {
  name: "Docs",
  title: "Documentation",
  lead: "From one script tag to money in your creators’ accounts.",
  guides: "Guides",
  onThisPage: "On this page",
  turn: "Next and previous guide",
  previous: "Previous",
  next: "Next",
  table: (name: string) => `Table: ${name}`,
  code: (name: string) => `Code: ${name}`,
  reference: {
    title: "API reference",
    lead: "Every call of this installation, made from the rules that check it.",
    document: "OpenAPI 3.1 document",
    noScript:
      "The reference needs JavaScript. The API guide has the same calls without, and the document itself is there for your tools.",
    guide: "API guide",
    failed: "The reference could not be loaded.",
    calls: "Calls",
    keys: {
      secretKey: "secret key",
      operatorKey: "operator’s key",
      affiliateToken: "creator’s token",
      accountToken: "account’s token",
    },
    optional: "optional",
    choice: "Which one is shown",
    schema: "Fields",
  },
} as const;
