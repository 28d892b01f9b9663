/** See build-referrals.mjs. Sizes in bytes: gzip -9, brotli -q 11, minified. */
export function buildReferrals(): Promise<{
  readonly code: string;
  readonly gzip: number;
  readonly brotli: number;
  readonly min: number;
}>;
