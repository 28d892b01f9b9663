/**
 * One to three segments, none empty, before a script, a tracking call, or a call of the element in referrals.js. Behind them
 * nothing else is looked at, so a path is read once, however long it is.
 */
const PREFIX =
  /^(?:\/[^/]+){1,3}(?=\/(?:(?:agentlinks|referrals)\.js$|api\/track\/|api\/v1\/(?:referrals\/(?:code|refresh|send-bulk|stats|history)|credits)$))/;

/**
 * The path that is routed: without its prefix where a merchant's own host serves us below one, as `/_al/agentlinks.js`
 * and `/_al/api/track/click`. A script asks beside itself, so that any prefix will do and none is configured. Every
 * other path stays as it is: no other route answers under a prefix. The last words are meant, `/api/track` may be a prefix.
 */
export function withoutPrefix(path: string): string {
  // An id at the end of ours may read like the script's name.
  return path.startsWith("/api/v1/") ? path : path.replace(PREFIX, "");
}
