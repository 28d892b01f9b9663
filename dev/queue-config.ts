/** The queues of wrangler.toml, which must exist before a deployment with them. */
export const QUEUES = ["agentlinks-clicks", "agentlinks-clicks-dead"] as const;

/** wrangler.toml with the queue of clicks turned on, to be kept in another folder: `main` is the entry as seen from there. */
export function withQueue(toml: string, main: string): string {
  return toml.replaceAll(/^#queue ?/gm, "").replace(/^main = .*$/m, `main = ${JSON.stringify(main)}`);
}
