// The rules of paying once more, written to be read: plain lists, no SQL. It shares nothing with the product but the rules.

export type Status = "active" | "suspended" | "revoked";

export interface Creator {
  readonly name: string;
  status: Status;
  revokedAt: number;
}

export interface Sale {
  /** The place in the order of arrival: of two that mature on one day the first is paid first. */
  readonly place: number;
  readonly creator: Creator;
  readonly currency: string;
  readonly amount: number;
  readonly matureDay: number;
  readonly isPublic: boolean;
  refunded: number;
  disputed: "open" | "won" | "lost" | null;
  isHeld: boolean;
  decision: "approve" | "reject" | null;
  isVoid: boolean;
  /** What payouts have taken of it. */
  settled: number;
}

export interface Correction {
  readonly place: number;
  readonly creator: Creator;
  readonly currency: string;
  readonly amount: number;
  readonly day: number;
  readonly at: number;
  payout: Payout | null;
}

export interface Payout {
  readonly creator: Creator;
  readonly currency: string;
  readonly amount: number;
  readonly batch: Batch;
  readonly items: readonly { readonly sale: Sale; readonly amount: number }[];
  status: "processing" | "settled" | "failed";
}

export interface Line {
  readonly creator: Creator;
  readonly currency: string;
  readonly approved: number;
  isDone: boolean;
  reason: string | null;
}

export interface Batch {
  readonly madeAt: number;
  readonly throughDay: number;
  readonly lines: readonly Line[];
  status: "draft" | "running" | "settled";
}

export interface Balance {
  pending: number;
  available: number;
  inReview: number;
  held: number;
  paid: number;
  processing: number;
}

const DAY_MS = 24 * 60 * 60 * 1_000;
const HOLDING_DAYS = 14;
const RATE = 3_000n;
const FEE = 500n;
/** Of each currency of the model. */
export const MINIMUM = 1_000;

export class PayoutModel {
  readonly creators: Creator[];
  readonly sales: Sale[] = [];
  readonly corrections: Correction[] = [];
  readonly payouts: Payout[] = [];
  readonly batches: Batch[] = [];
  now: number;

  constructor(now: number, names: readonly string[]) {
    this.now = now;
    this.creators = names.map((name) => ({ name, status: "active", revokedAt: 0 }));
  }

  get today(): number {
    return Math.floor(this.now / DAY_MS);
  }

  sell(creator: Creator, sale: Pick<Sale, "amount" | "currency" | "isPublic">): Sale {
    const made: Sale = {
      ...sale,
      creator,
      place: this.sales.length + 1,
      matureDay: Math.ceil(this.now / DAY_MS) + HOLDING_DAYS,
      refunded: 0,
      disputed: null,
      isHeld: false,
      decision: null,
      isVoid: false,
      settled: 0,
    };
    this.sales.push(made);
    return made;
  }

  correct(creator: Creator, { amount, currency }: { amount: number; currency: string }): void {
    this.corrections.push({
      place: this.corrections.length + 1,
      creator,
      currency,
      amount,
      day: this.today,
      at: this.now,
      payout: null,
    });
  }

  /** What was not matured and clear is void. */
  revoke(creator: Creator): void {
    creator.status = "revoked";
    creator.revokedAt = this.now;
    for (const sale of this.sales.filter((one) => one.creator === creator)) {
      if (sale.matureDay > this.today || laneOf(sale) !== "clear") sale.isVoid = true;
    }
  }

  /** Null: nobody would be paid. */
  draft(): Batch | null {
    const lines = this.creators.flatMap((creator) =>
      CURRENCIES.flatMap((currency): Line[] => {
        const line = { creator, currency };
        const approved = this.payable(line, this.today);
        const isPaid = this.whyNot(line, { approved, least: MINIMUM, madeAt: this.now }) === null;
        return isPaid ? [{ ...line, approved, isDone: false, reason: null }] : [];
      }),
    );
    if (lines.length === 0) return null;
    const batch: Batch = { madeAt: this.now, throughDay: this.today, lines, status: "draft" };
    this.batches.push(batch);
    return batch;
  }

  run(batch: Batch): void {
    batch.status = "running";
    for (const line of batch.lines.filter(({ isDone }) => !isDone)) {
      const before = this.payouts.filter(
        (one) =>
          one.batch === batch &&
          one.creator === line.creator &&
          one.currency === line.currency &&
          one.status !== "failed",
      );
      const left = line.approved - before.reduce((sum, { amount }) => sum + amount, 0);
      const approved = this.payable(line, batch.throughDay);
      const isBegun = before.length > 0;
      const reason = this.whyNot(line, { approved, least: isBegun ? 1 : MINIMUM, madeAt: batch.madeAt });
      const isPaid = reason === null && this.#pay(batch, line, left);
      const isOver = reason === null || reason === "nothing_payable" || reason === "negative_balance";
      line.isDone = true;
      line.reason = isPaid || (isBegun && isOver) ? null : (reason ?? "more_than_approved");
    }
    this.#endIfOver(batch);
  }

  settle(payout: Payout): void {
    payout.status = "settled";
    this.#endIfOver(payout.batch);
  }

  /** Everything it took goes back. */
  fail(payout: Payout): void {
    payout.status = "failed";
    for (const { sale, amount } of payout.items) sale.settled -= amount;
    for (const correction of this.corrections) if (correction.payout === payout) correction.payout = null;
    this.#endIfOver(payout.batch);
  }

  retry(payout: Payout): void {
    const line = payout.batch.lines.find(
      ({ creator, currency }) => creator === payout.creator && currency === payout.currency,
    );
    if (line === undefined) throw new Error("a payout has its line");
    Object.assign(line, { isDone: false, reason: null });
    this.run(payout.batch);
  }

  balanceOf(creator: Creator, currency: string): Balance {
    const balance = { pending: 0, available: 0, inReview: 0, held: 0, paid: 0, processing: 0 };
    for (const sale of this.sales.filter((one) => one.creator === creator && one.currency === currency)) {
      const net = netOf(sale);
      const lane = laneOf(sale);
      if (lane === "held") balance.held += net;
      else if (sale.matureDay > this.today) balance.pending += net;
      else {
        balance.available += net;
        if (lane === "review") balance.inReview += net;
      }
    }
    for (const one of this.corrections) {
      if (one.creator === creator && one.currency === currency) balance.available += one.amount;
    }
    for (const payout of this.payouts) {
      if (payout.creator !== creator || payout.currency !== currency || payout.status === "failed") continue;
      balance.paid += payout.amount;
      balance.available -= payout.amount;
      if (payout.status === "processing") balance.processing += payout.amount;
    }
    return balance;
  }

  /** Matured and clear, and corrected, less what was paid of it: negative where more was paid. */
  payable({ creator, currency }: Pick<Line, "creator" | "currency">, day: number): number {
    return this.#unsettled({ creator, currency }, day).reduce((sum, { amount }) => sum + amount, 0);
  }

  whyNot(
    { creator, currency }: Pick<Line, "creator" | "currency">,
    { approved, least, madeAt }: { approved: number; least: number; madeAt: number },
  ): string | null {
    if (creator.status === "suspended") return "suspended";
    if (creator.status === "revoked" && creator.revokedAt > madeAt) return "revoked";
    if (approved < 0) return "negative_balance";
    if (approved === 0) return this.balanceOf(creator, currency).inReview > 0 ? "in_review" : "nothing_payable";
    return approved < least ? "below_minimum" : null;
  }

  /** Clawbacks first, then what fits of the oldest earnings and of corrections, until one more would be too much. */
  #pay(batch: Batch, line: Line, left: number): boolean {
    const all = this.#unsettled(line, batch.throughDay);
    const owed = all.filter(({ amount }) => amount < 0);
    const room = left - owed.reduce((sum, { amount }) => sum + amount, 0);
    const taken = [...owed];
    let running = 0;
    for (const one of all.filter(
      ({ amount, correction }) => amount > 0 && amount <= room && (correction?.at ?? 0) <= batch.madeAt,
    )) {
      running += one.amount;
      if (running <= room) taken.push(one);
    }
    const amount = taken.reduce((sum, one) => sum + one.amount, 0);
    if (amount < 1) return false;
    const items = taken.flatMap(({ sale, amount: part }) => (sale === null ? [] : [{ sale, amount: part }]));
    const payout: Payout = { ...line, batch, amount, items, status: "processing" };
    this.payouts.push(payout);
    for (const { sale, amount: part } of items) sale.settled += part;
    for (const { correction } of taken) if (correction !== null) correction.payout = payout;
    return true;
  }

  #unsettled({ creator, currency }: Pick<Line, "creator" | "currency">, day: number) {
    const sales = this.sales
      .filter((sale) => sale.creator === creator && sale.currency === currency)
      .map((sale) => {
        const clear = laneOf(sale) === "clear" ? netOf(sale) - sale.settled : -sale.settled;
        const amount = sale.matureDay <= day ? clear : Math.min(0, clear);
        return { sale, correction: null, amount, day: sale.matureDay, place: sale.place };
      });
    const corrections = this.corrections
      .filter((one) => one.creator === creator && one.currency === currency && one.payout === null)
      .map((one) => ({ sale: null, correction: one, amount: one.amount, day: one.day, place: one.place }));
    return [...sales, ...corrections]
      .filter(({ amount }) => amount !== 0)
      .toSorted((a, b) => Number(a.sale === null) - Number(b.sale === null) || a.day - b.day || a.place - b.place);
  }

  #endIfOver(batch: Batch): void {
    const isUnderWay = this.payouts.some((one) => one.batch === batch && one.status === "processing");
    if (batch.status === "running" && !isUnderWay && batch.lines.every(({ isDone }) => isDone))
      batch.status = "settled";
  }
}

export const CURRENCIES = ["usd", "eur"];

function laneOf(sale: Sale): "clear" | "review" | "held" {
  if (sale.disputed === "open" || sale.isHeld) return "held";
  return sale.isPublic && sale.decision !== "approve" ? "review" : "clear";
}

function netOf(sale: Sale): number {
  if (sale.isVoid) return 0;
  const lost = sale.refunded + (sale.disputed === "lost" ? sale.amount : 0);
  const gross = (BigInt(Math.max(0, sale.amount - lost)) * RATE) / 10_000n;
  return Number(gross - (gross * FEE) / 10_000n);
}
