/** See build-guides.mjs. */
export function renderGuide(
  source: string,
  where: { readonly repository: string | null },
): {
  readonly title: string;
  readonly html: string;
  readonly headings: readonly { readonly id: string; readonly text: string; readonly level: number }[];
};
