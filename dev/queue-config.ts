/** The queues of wrangler.toml, which must exist before a deployment with them. */
export const QUEUES = ["agentlinks-clicks", "agentlinks-clicks-dead"] as const;

/** wrangler.toml with the queue of clicks turned on, to be kept in another folder: `root` is the repository as seen from there. */
export function withQueue(toml: string, root: string): string {
  return toml
    .replaceAll(/^#queue ?/gm, "")
    .replaceAll(/^(main|directory) = "(.*)"$/gm, (_, name: string, path: string) => `${name} = "${root}/${path}"`);
}
