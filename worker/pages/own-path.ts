/** Longer than any of ours with its query. */
const MAX_LENGTH = 2_000;
/** Visible ASCII: of the rest browsers leave some out before they read an address, and a header cannot hold all of it. */
const PATH = /^\/[!-~]*$/;
const SOMEWHERE = "https://own.invalid";

/** Whether a path stays on this site when a browser follows it. */
export function isOwnPath(path: string): boolean {
  if (path.length > MAX_LENGTH || !PATH.test(path)) return false;
  // As a browser reads it: `//` and `/\` begin another host.
  return URL.canParse(path, SOMEWHERE) && new URL(path, SOMEWHERE).origin === SOMEWHERE;
}

/** Where to go next: what was asked for if it is ours, else the beginning. */
export function ownPath(asked: unknown): string {
  return typeof asked === "string" && isOwnPath(asked) ? asked : "/";
}
