/** Whether a request's If-None-Match names what it would get. Compared weakly: an edge that compresses makes a tag weak (RFC 9110 §13.1.2). */
export function isUnchanged(ifNoneMatch: string | undefined, etag: string): boolean {
  const named = new Set((ifNoneMatch ?? "").split(",").map((tag) => withoutWeakness(tag.trim())));
  return named.has("*") || named.has(withoutWeakness(etag));
}

function withoutWeakness(tag: string): string {
  return tag.replace(/^W\//, "");
}
