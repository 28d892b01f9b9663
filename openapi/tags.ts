/** The groups of the reference, in its order. */
export const TAGS: Readonly<Record<string, string>> = {
  Tracking: "What the script tag calls from a page, and a backend with its key.",
  Apps: "A program and its settings.",
  Keys: "An app's secret keys.",
  Affiliates: "Who promotes an app: their codes, balances and commissions.",
  Joining: "Who may join, and how.",
  Review: "What waits for the owner's decision, and rules that decide for them.",
  Conversions: "One payment, and holding it by hand.",
  Customers: "The people who pay: to whom they belong, and forgetting them.",
  Corrections: "What is added to a balance by hand, or taken from it.",
  Explain: "Why something is as it is.",
  Log: "Who changed what, and which calls were refused.",
  Mails: "Which mails an app sends.",
  "Friend credits": "Your users refer friends; both get credits.",
};
