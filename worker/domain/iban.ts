/** ISO 13616: a country, two check digits, and 11 to 30 letters and digits that the country decides. */
const IBAN = /^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$/;

/** An account number as it is kept: an IBAN in capitals without blanks, any other as it is written. */
export function foldAccount(account: string): string {
  const compact = account.replace(/[\s-]/g, "").toUpperCase();
  return /^[A-Z]{2}[0-9]{2}/.test(compact) ? compact : account.trim();
}

/** False for what begins like an IBAN and has not its form or its check digits. Any other account number is as good as another. */
export function isSoundAccount(folded: string): boolean {
  return !/^[A-Z]{2}[0-9]{2}/.test(folded) || (IBAN.test(folded) && rest97(folded) === 1);
}

/** ISO 7064 MOD 97-10 of the number that an IBAN is, its first four characters last and A as 10. */
function rest97(iban: string): number {
  let rest = 0;
  for (const letter of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(letter, 36);
    rest = (rest * (value < 10 ? 10 : 100) + value) % 97;
  }
  return rest;
}
