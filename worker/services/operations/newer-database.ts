/**
 * What is said of a database with migrations that this program does not know: neither its columns nor its rules are known
 * here, so nothing is written to it.
 */
export function newerDatabase(what: string, unknown: readonly string[]): string {
  return `${what} is newer than this program, which does not know ${unknown.join(", ")}. Run the version that made it, or a later one. To go back, restore a backup that the older version made (docs/upgrading.md).`;
}
