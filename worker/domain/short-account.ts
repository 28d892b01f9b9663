/** Letters of an id that are shown of it, at most: two friends are told apart, and nobody is known by them. */
const SHOWN = 4;

/**
 * The end of somebody else's account id, at most half of it. An app may use its users' e-mail addresses as ids: of one nothing but
 * the end of its domain is left.
 */
export function shortAccount(account: string): string {
  const letters = Array.from(account);
  const shown = Math.min(SHOWN, Math.floor(letters.length / 2));
  return `…${letters.slice(letters.length - shown).join("")}`;
}
