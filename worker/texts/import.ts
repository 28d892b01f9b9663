import type { ImportReason, ImportType, ImportVerdict } from "../domain/import-plan.ts";

const REASONS: Readonly<Record<ImportReason, string>> = {
  affiliate_applied: "is an affiliate who waits to be accepted: accept them first",
  affiliate_revoked: "is an affiliate who was revoked, for good",
  code_of_another: "is the code of another affiliate of this app",
  code_taken: "is taken: codes are unique on an installation, and one that was given out is never given again",
  no_affiliate: "is no affiliate: there is none by this e-mail here, and no valid row of one in the file",
  no_code: "is no code of an affiliate: there is none here, and no valid row of one in the file",
  nothing_owed: "nothing is owed",
  opened_otherwise: "differs from the balance that was opened here before, which stands: correct the balance instead",
  repeated: "the file says the same before",
  repeated_otherwise: "the file says it before",
  user_of_another: "is a customer of another affiliate here, who keeps them",
};

/** The words of `node dist/cli.js import`. */
export const IMPORT = {
  usage: "usage: node dist/cli.js import FILE --app app_… [--apply] [--skip-invalid] [--report FILE]",
  noFile: (file: string) => `${file} cannot be read.`,
  noReport: (file: string) => `${file} cannot be written.`,
  tooLarge: (bytes: number) => `The file is larger than ${bytes / 1_000_000} MB: take it in parts.`,
  unknownColumns: (names: readonly string[]) => `Columns that are not read: ${names.join(", ")}.`,
  types: { affiliate: "affiliates", code: "codes", referral: "referrals", balance: "balances" } satisfies Record<
    ImportType,
    string
  >,
  counts: { make: "to make", made: "made", known: "known", skipped: "skipped" },
  sums: { file: "in the file", make: "to open", made: "opened", known: "open before" },
  line: (line: number, field: string | null, message: string) =>
    field === null ? `line ${line} ${message}` : `line ${line}: ${field} ${message}`,
  why: ({ reason, earlier }: Pick<ImportVerdict, "reason" | "earlier">) =>
    reason === null ? "" : REASONS[reason] + (earlier === null ? "" : ` (line ${earlier})`),
  notWritten: "was not written: run it again",
  more: (count: number) => `… and ${count} more. --report FILE writes down all of them.`,
  dryRun: "Nothing was written. --apply writes it.",
  refused: "Nothing was written, for there are problems. Mend the file, or leave these rows out with --skip-invalid.",
  applied: "Written. Run it again any time: nothing is made twice.",
  reportColumns: ["line", "type", "key", "outcome", "field", "reason"],
} as const;
