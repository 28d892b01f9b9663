/** ISO 4217 codes in circulation, lower-cased. Amounts are always in the currency's minor unit as Stripe counts it. */
const CURRENCIES = new Set(
  (
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd btn bwp byn bzd cad cdf chf " +
    "clp cny cop crc cup cve czk djf dkk dop dzd egp ern etb eur fjd fkp gbp gel ghs gip gmd gnf gtq gyd hkd hnl htg " +
    "huf idr ils inr iqd irr isk jmd jod jpy kes kgs khr kmf kpw krw kwd kyd kzt lak lbp lkr lrd lsl lyd mad mdl mga " +
    "mkd mmk mnt mop mru mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd " +
    "rub rwf sar sbd scr sdg sek sgd shp sle sos srd ssp stn svc syp szl thb tjs tmt tnd top try ttd twd tzs uah ugx " +
    "usd uyu uzs ves vnd vuv wst xaf xcd xcg xof xpf yer zar zmw zwg"
  ).split(" "),
);

/** Decimals where they are not two, as payment processors count them (docs.stripe.com/currencies; UGX and ISK count two). */
const NO_DECIMALS = new Set("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" "));
const THREE_DECIMALS = new Set("bhd iqd jod kwd lyd omr tnd".split(" "));

/** The folded currency code, or null when there is no such currency. */
export function parseCurrency(text: string): string | null {
  const folded = text.toLowerCase();
  return CURRENCIES.has(folded) ? folded : null;
}

/** Every code there is, in the order of the alphabet. */
export function currencyCodes(): readonly string[] {
  return [...CURRENCIES];
}

/** How many decimals an amount of this currency shows. Its minor units are never divided by anything else. */
export function currencyDecimals(currency: string): 0 | 2 | 3 {
  if (NO_DECIMALS.has(currency)) return 0;
  return THREE_DECIMALS.has(currency) ? 3 : 2;
}

/** An amount as people read it: (10000, "usd") → "100.00 USD", (500, "jpy") → "500 JPY". Exact: no float is made. */
export function formatMoney(amountCents: number, currency: string): string {
  const decimals = currencyDecimals(currency);
  const digits = String(Math.abs(amountCents)).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ",");
  const fraction = decimals === 0 ? "" : `.${digits.slice(-decimals)}`;
  return `${amountCents < 0 ? "−" : ""}${whole}${fraction} ${currency.toUpperCase()}`;
}
