/** Every schema of an answer that has a name of its own in the document: the name of its export. */
export * from "./answers/apps.ts";
export * from "./answers/errors.ts";
export * from "./answers/flags.ts";
export * from "./answers/keys.ts";
export * from "./answers/track.ts";
