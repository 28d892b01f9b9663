/** A sentence of our own as the pages say it: who is an affiliate to the API is a creator to people. Never for words of theirs. */
export function creatorWords(sentence: string): string {
  return sentence
    .replaceAll(/\b([Aa])n affiliate/g, "$1 creator")
    .replaceAll("affiliate", "creator")
    .replaceAll("Affiliate", "Creator");
}
