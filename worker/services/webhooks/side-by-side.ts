/** Works off a list, so many at once. All of it comes to its end before the first failure is thrown: nothing is left under way. */
export async function sideBySide<T>(
  lines: readonly { readonly count: number; readonly items: readonly T[] }[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const lanes = lines.flatMap(({ count, items }) => lanesOf(count, items, work));
  const ends = await Promise.allSettled(lanes);
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

function lanesOf<T>(count: number, items: readonly T[], work: (item: T) => Promise<void>): readonly Promise<void>[] {
  const waiting = items.values();
  return Array.from({ length: Math.min(count, items.length) }, async () => {
    for (const item of waiting) await work(item);
  });
}
