const MONTH = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });

/** A month of YYYY-MM as people read it: "2026-03" → "March 2026". */
export function isoMonthName(month: string): string {
  return MONTH.format(new Date(`${month}-01T00:00:00Z`));
}
