/** Every schema of an answer that has a name of its own in the document: the name of its export. */
export * from "./answers/affiliates.ts";
export * from "./answers/apps.ts";
export * from "./answers/corrections.ts";
export * from "./answers/credits.ts";
export * from "./answers/customers.ts";
export * from "./answers/errors.ts";
export * from "./answers/explain.ts";
export * from "./answers/flags.ts";
export * from "./answers/joining.ts";
export * from "./answers/keys.ts";
export * from "./answers/log.ts";
export * from "./answers/mails.ts";
export * from "./answers/review.ts";
export * from "./answers/track.ts";
