/** What Node and workerd say of a body whose sender went away. */
const WORDS: ReadonlySet<string> = new Set(["aborted", "Network connection lost."]);

/**
 * Whether an error says that the request's own body ended before it was whole: nobody waits for an answer any more. workerd says
 * the same of each connection that is lost, the database's too: that comes as a DbError, and is no plain error.
 */
export function isCutOff(error: Error): boolean {
  return error.name === "Error" && WORDS.has(error.message);
}
