/** What Node and workerd say of a body whose sender went away. What is read from other systems fails with errors of its own. */
const WORDS: ReadonlySet<string> = new Set(["aborted", "Network connection lost."]);

/** Whether an error says that the request's own body ended before it was whole: nobody waits for an answer any more. */
export function isCutOff(error: Error): boolean {
  return WORDS.has(error.message);
}
