// The rules of money once more, written to be read: plain lists, no SQL, arithmetic of its own. It shares nothing with
// the product but the rules, so where the two differ one of them is wrong.

export type Mode = "open" | "matched" | "keyed";
export type Lane = "clear" | "review" | "held";
export type Decision = "approve" | "reject";

export interface Program {
  readonly name: string;
  /** The window in which a call without a key is the same call again. */
  readonly sameCallMs: number;
  currency: string;
  mode: Mode;
  holdingDays: number;
  feeBps: number;
  maxMonths: number | null;
  /** In basis points, one after the other: a payment takes the last one set. */
  readonly rates: number[];
  readonly referrals: Map<string, Referral>;
  readonly payments: Map<string, Payment>;
  readonly claims: Claim[];
  readonly refunds: Refund[];
  readonly conversions: Conversion[];
  /** What the owner approves without looking, those that have ended among it. */
  readonly rules: Rule[];
  /** What was first said under a caller's key, by kind of call, class of caller and key. */
  readonly signupKeys: Map<string, string>;
  /** Signups, conversions and refunds by code and day. */
  readonly counts: Map<string, Counts>;
}

export interface Counts {
  signups: number;
  conversions: number;
  refunds: number;
}

export interface Rule {
  /** Null: everybody who has no rule of their own. */
  readonly creator: Creator | null;
  readonly currency: string;
  readonly maxEvent: number;
  readonly maxDay: number;
  /** What it approved, by day. */
  readonly approved: Map<number, number>;
  ended: boolean;
}

export interface Creator {
  readonly name: string;
  readonly program: Program;
  /** Null: the program's again. */
  readonly rates: (number | null)[];
  revokedAt: number | null;
}

export interface Code {
  /** As its owner writes it; compared without regard to case. */
  readonly ref: string;
  readonly creator: Creator;
  retired: boolean;
}

export interface Referral {
  creator: Creator;
  code: Code;
  vouched: boolean;
  /** By the user's first vouched event. */
  fixed: boolean;
  createdAt: number;
  /** A signup is counted once a user, also where a payment came first. */
  signedUp: boolean;
}

interface Payment {
  readonly claims: Claim[];
  readonly conversions: Conversion[];
  /** What refunds took from it so far. */
  readonly takes: Take[];
}

interface Take {
  readonly amount: number;
  readonly vouched: boolean;
  /** Null: whatever the payment is in. */
  readonly currency: string | null;
  /** It came before anybody a backend vouches for had announced the payment. */
  readonly waited: boolean;
}

interface Claim {
  readonly said: string;
  readonly user: string;
  readonly vouched: boolean;
  /** Their key, or the place in the order of arrival where they gave none. */
  readonly key: string | number;
  readonly creator: Creator;
  readonly amount: number;
  readonly currency: string;
  readonly paymentRef: string | null;
  readonly payment: Payment;
  readonly at: number;
  /** What the call was answered with. */
  conversion: Conversion | null;
}

export interface Conversion {
  /** The place in the order of arrival. */
  readonly place: number;
  readonly claim: Claim;
  readonly payment: Payment;
  readonly user: string;
  readonly creator: Creator;
  readonly code: Code;
  readonly currency: string;
  readonly amount: number;
  readonly rateBps: number;
  readonly feeBps: number;
  lane: Lane;
  readonly reason: string | null;
  readonly at: number;
  readonly matureDay: number;
  /** The owner's, for life. */
  decision: Decision | null;
  voided: Voided | null;
  /** What had gone back when it was voided. */
  refundedThen: number;
}

type Voided = "superseded" | "revoked" | "rejected";

export interface Refund extends Taken {
  readonly said: string;
  readonly vouched: boolean;
  readonly key: string | number;
  readonly at: number;
}

/** What a refund took from which conversions, and of what they earned. */
interface Taken {
  /** Null: all of a payment that nobody knew. */
  readonly amount: number | null;
  /** Null: whatever the payment is in that nobody knew. */
  readonly currency: string | null;
  /** False: it waited for its payment. */
  readonly applied: boolean;
  readonly reversed: Share;
  readonly parts: readonly { readonly conversion: Conversion; readonly amount: number }[];
}

export interface Share {
  readonly gross: number;
  readonly fee: number;
  readonly net: number;
}

export type Status = "pending" | "confirmed" | "cancelled";

export interface Refusal {
  readonly refused: string;
  readonly status: number;
}

export interface ConversionAnswer {
  readonly conversion: Conversion;
  readonly status: Status;
  /** What a backend is told of the conversion that counts for the payment now. */
  readonly lane: Lane;
  readonly reason: string | null;
  readonly earned: Share;
  readonly replayed: boolean;
  readonly deduplicated: boolean;
}

export interface RefundAnswer {
  readonly refund: Refund;
  readonly replayed: boolean;
  readonly deduplicated: boolean;
}

export interface DecisionAnswer {
  readonly done: number;
  readonly skipped: readonly { readonly conversion: Conversion; readonly reason: string }[];
}

export interface SignupAnswer {
  /** Null: the caller learns no more than that the user has one. */
  readonly referral: Referral | null;
  readonly replayed: boolean;
}

/** A secret key's program, or the public with the program it may name. */
export interface Caller {
  readonly keyOf: Program | null;
  readonly names: Program | null;
}

export interface ConversionCall {
  readonly ref: string | null;
  readonly user: string;
  readonly amount: number;
  readonly currency: string | null;
  readonly paymentRef: string | null;
  readonly eventId: string | null;
}

export interface RefundCall {
  readonly ref: string | null;
  readonly user: string | null;
  readonly amount: number | null;
  readonly currency: string | null;
  readonly paymentRef: string | null;
  readonly conversion: Conversion | null;
  readonly eventId: string | null;
}

export interface SignupCall {
  readonly ref: string;
  readonly user: string;
  readonly eventId: string | null;
}

export interface Balance {
  pending: number;
  available: number;
  inReview: number;
  held: number;
  next: Map<number, number>;
}

const DAY_MS = 24 * 60 * 60 * 1_000;
/** A refund of all of a payment nobody knows yet takes this much of it. */
const EVERYTHING = 999_999_999_999;
/** A refund that names nothing looks at no more conversions than this. */
const REACH = 100;
const NOTHING: Share = { gross: 0, fee: 0, net: 0 };

export class Model {
  readonly programs: Program[] = [];
  readonly creators: Creator[] = [];
  readonly codes = new Map<string, Code>();
  now: number;
  #arrivals = 0;

  constructor(now: number) {
    this.now = now;
  }

  get today(): number {
    return Math.floor(this.now / DAY_MS);
  }

  addProgram(program: {
    name: string;
    currency: string;
    rateBps: number;
    feeBps: number;
    sameCallMs: number;
  }): Program {
    const { rateBps, ...rest } = program;
    const added: Program = {
      ...rest,
      mode: "open",
      holdingDays: 14,
      maxMonths: null,
      rates: [rateBps],
      referrals: new Map(),
      payments: new Map(),
      claims: [],
      refunds: [],
      conversions: [],
      rules: [],
      signupKeys: new Map(),
      counts: new Map(),
    };
    this.programs.push(added);
    return added;
  }

  addCreator(program: Program, name: string): Creator {
    const creator: Creator = { name, program, rates: [], revokedAt: null };
    this.creators.push(creator);
    return creator;
  }

  addCode(creator: Creator, ref: string): Code {
    const code: Code = { ref, creator, retired: false };
    this.codes.set(ref.toLowerCase(), code);
    return code;
  }

  /** For good: their codes die, and what was not matured and clear by then is voided. */
  revoke(creator: Creator): void {
    creator.revokedAt ??= this.now;
    const day = Math.floor(creator.revokedAt / DAY_MS);
    for (const one of creator.program.conversions) {
      const isTheirs = one.creator === creator && one.voided === null && one.at <= creator.revokedAt;
      if (isTheirs && (one.matureDay > day || one.lane !== "clear")) voidIt(one, "revoked");
    }
  }

  /** The first decision on a conversion stands for life; what nobody has to decide on is skipped. */
  decide(program: Program, decision: Decision, conversions: readonly Conversion[]): DecisionAnswer {
    const skipped = [...new Set(conversions)].flatMap((conversion) => {
      const reason = this.#whySkipped(program, decision, conversion);
      return reason === null ? [] : [{ conversion, reason }];
    });
    return { done: new Set(conversions).size - skipped.length, skipped };
  }

  #whySkipped(program: Program, decision: Decision, one: Conversion): string | null {
    if (!program.conversions.includes(one)) return "not_found";
    if (one.decision !== null) return one.decision === decision ? null : "already_decided";
    if (one.voided !== null) return "already_voided";
    if (one.lane === "clear") return "not_waiting";
    one.decision = decision;
    if (decision === "approve") one.lane = "clear";
    else voidIt(one, "rejected");
    return null;
  }

  /** What waits for the owner, oldest first. */
  waitingIn(program: Program, lane: Lane): readonly Conversion[] {
    return program.conversions.filter((one) => one.lane === lane && one.voided === null && one.decision === null);
  }

  /** One rule for a creator, or for everybody, and a currency. */
  addRule(program: Program, terms: Pick<Rule, "creator" | "currency" | "maxEvent" | "maxDay">): Rule | null {
    const isSame = (rule: Rule) => rule.creator === terms.creator && rule.currency === terms.currency;
    if (rulesInForce(program).some(isSame) || (terms.creator?.revokedAt ?? null) !== null) return null;
    const rule = { ...terms, approved: new Map<number, number>(), ended: false };
    program.rules.push(rule);
    return rule;
  }

  /** Approves what only waits because nobody vouched for it: a creator's own rule alone, else everybody's. */
  #applyRule(program: Program, one: Conversion): void {
    if (one.lane !== "review" || one.reason !== "unverified") return;
    const rules = rulesInForce(program).filter(({ currency }) => currency === one.currency);
    const rule = rules.find(({ creator }) => creator === one.creator) ?? rules.find(({ creator }) => creator === null);
    if (rule === undefined) return;
    const sum = (rule.approved.get(this.today) ?? 0) + one.amount;
    if (one.amount > rule.maxEvent || sum > rule.maxDay) return;
    rule.approved.set(this.today, sum);
    one.decision = "approve";
    one.lane = "clear";
  }

  convert(caller: Caller, call: ConversionCall): ConversionAnswer | Refusal {
    const code = this.#code(call.ref);
    const program = programOf(caller, code);
    if (program === null) return refuse("unknown_ref");
    const vouched = caller.keyOf !== null;
    const { user, amount, paymentRef } = call;
    const said = JSON.stringify([user, amount, call.currency, paymentRef, call.ref?.toLowerCase()]);
    const key = keyOf(call.eventId, { vouched, code });
    const same = program.claims.find((claim) => claim.vouched === vouched && claim.key === key);
    if (same !== undefined)
      return same.said === said ? this.#answer(same, { replayed: true }) : refuse("idempotency_mismatch");

    const referral = this.#attribute(program, { vouched, user, code });
    if (referral === null) return refuse("unknown_ref");
    const { creator } = referral;
    const currency = call.currency ?? program.currency;
    const is = { user, vouched, creator, amount, currency, paymentRef };
    const again =
      key === null ? program.claims.findLast((claim) => this.#isAgain(program, claim) && isLike(claim, is)) : undefined;
    if (again !== undefined) return this.#answer(again, { deduplicated: true });

    if (vouched || program.mode === "open") program.referrals.set(user, referral);
    const payment = paymentOf(program, paymentRef);
    const claim: Claim = { ...is, said, key: key ?? this.#arrive(), payment, at: this.now, conversion: null };
    program.claims.push(claim);
    payment.claims.push(claim);
    return this.#stand(program, { claim, referral });
  }

  refund(caller: Caller, call: RefundCall): RefundAnswer | Refusal {
    const code = this.#code(call.ref);
    const program = programOf(caller, code);
    if (program === null) return refuse("unknown_ref");
    const vouched = caller.keyOf !== null;
    const body = [call.user, call.amount, call.currency, call.paymentRef, call.ref?.toLowerCase()];
    const said = JSON.stringify([...body, call.conversion?.place]);
    const key = keyOf(call.eventId, { vouched, code });
    const same = program.refunds.find((one) => one.vouched === vouched && one.key === key);
    if (same !== undefined && same.said !== said) return refuse("idempotency_mismatch");
    if (same !== undefined) return { refund: same, replayed: true, deduplicated: false };

    if (call.ref !== null && code?.creator.program !== program) return refuse("unknown_ref");
    const isAgain = (one: Refund) => this.#isAgain(program, one) && !one.vouched && one.said === said;
    const again = vouched || key !== null ? undefined : program.refunds.findLast(isAgain);
    if (again !== undefined) return { refund: again, replayed: false, deduplicated: true };

    const taken = this.#take(program, call, { vouched, code });
    if ("refused" in taken) return taken;
    const refund = { ...taken, said, vouched, key: key ?? this.#arrive(), at: this.now };
    program.refunds.push(refund);
    return { refund, replayed: false, deduplicated: false };
  }

  /** Whether it says a currency that no rule compares: what it names is void, and was announced in several. */
  isUndecided({ conversion, currency }: RefundCall): boolean {
    if (currency === null || conversion === null || inForce(conversion.payment) !== null) return false;
    return new Set(conversion.payment.conversions.map((one) => one.currency)).size > 1;
  }

  signUp(caller: Caller, call: SignupCall): SignupAnswer | Refusal {
    const code = this.#code(call.ref);
    const program = programOf(caller, code);
    if (program === null) return refuse("unknown_ref");
    const vouched = caller.keyOf !== null;
    const said = JSON.stringify([call.user, call.ref.toLowerCase()]);
    const key = keyOf(call.eventId, { vouched, code });
    const known = key === null ? undefined : program.signupKeys.get(`${String(vouched)} ${key}`);
    if (known !== undefined && known !== said) return refuse("idempotency_mismatch");

    const isLive = code !== null && isAlive(code) && code.creator.program === program;
    if (known === undefined) {
      if (!isLive) return refuse("unknown_ref");
      const referral = this.#attribute(program, { vouched, user: call.user, code });
      if (referral === null) return refuse("unknown_ref");
      program.referrals.set(call.user, referral);
      if (!referral.signedUp && (vouched || referral.code === code)) {
        referral.signedUp = true;
        this.#count(referral.code, "signups");
      }
      if (key !== null) program.signupKeys.set(`${String(vouched)} ${key}`, said);
    }
    const referral = program.referrals.get(call.user);
    if (referral === undefined) return refuse("unknown_ref");
    const isTold = vouched || referral.code === code;
    return { referral: isTold ? referral : null, replayed: known !== undefined };
  }

  statusOf(one: Conversion): Status {
    return one.voided !== null || leftOf(one) === 0 ? "cancelled" : this.#statusOfAge(one);
  }

  #statusOfAge(one: Conversion): Status {
    return one.matureDay <= this.today && one.lane !== "held" ? "confirmed" : "pending";
  }

  /** To the public its own word stands, whatever a backend says of that payment, and whatever the owner holds or decides. */
  #statusTold(one: Conversion): Status {
    const isGone = one.voided === "revoked" || (one.voided !== "superseded" && leftOf(one) === 0);
    return isGone ? "cancelled" : one.matureDay <= this.today ? "confirmed" : "pending";
  }

  /** What a creator sees, newest first; what another announcement replaced is left out. */
  commissionsOf(creator: Creator): readonly Conversion[] {
    const theirs = creator.program.conversions.filter((one) => one.creator === creator && one.voided !== "superseded");
    return newestFirst(theirs);
  }

  /** By currency. Nothing was ever paid out here. */
  balancesOf(creator: Creator): ReadonlyMap<string, Balance> {
    const balances = new Map<string, Balance>();
    for (const one of creator.program.conversions.filter((other) => other.creator === creator)) {
      const none = { pending: 0, available: 0, inReview: 0, held: 0, next: new Map<number, number>() };
      const balance = balances.get(one.currency) ?? none;
      balances.set(one.currency, balance);
      const { net } = due(one);
      if (one.lane === "held") balance.held += net;
      else if (one.matureDay > this.today) {
        balance.pending += net;
        if (net > 0) balance.next.set(one.matureDay, (balance.next.get(one.matureDay) ?? 0) + net);
      } else {
        balance.available += net;
        if (one.lane === "review") balance.inReview += net;
      }
    }
    return balances;
  }

  #code(ref: string | null): Code | null {
    return (ref === null ? undefined : this.codes.get(ref.toLowerCase())) ?? null;
  }

  /** The referral that stands after a user's event: whoever it names earns. */
  #attribute(program: Program, event: { vouched: boolean; user: string; code: Code | null }): Referral | null {
    const { vouched, user, code } = event;
    const stored = program.referrals.get(user);
    const isLive = code !== null && isAlive(code) && code.creator.program === program;
    const isFree = stored === undefined || stored.creator.revokedAt !== null;
    if (isLive && (isFree || (vouched && !stored.vouched && !stored.fixed))) {
      const isSame = stored?.creator === code.creator;
      const createdAt = isSame ? stored.createdAt : this.now;
      return { creator: code.creator, code, vouched, fixed: vouched, createdAt, signedUp: isSame && stored.signedUp };
    }
    return stored === undefined ? null : { ...stored, fixed: stored.fixed || vouched };
  }

  /** A new announcement takes the place of the one in force, or is void beside it, or has no conversion of its own. */
  #stand(program: Program, { claim, referral }: { claim: Claim; referral: Referral }): ConversionAnswer {
    const { payment, vouched } = claim;
    const standing = inForce(payment);
    const isBest = bestOf(payment.claims) === claim;
    if (isBest && standing !== null) voidIt(standing, "superseded");
    // A stranger's announcement of a payment that another one stands for is answered as if it counted.
    const own = isBest || !vouched ? this.#conversion(program, { claim, referral }) : null;
    if (own !== null && !isBest) voidIt(own, "superseded");
    claim.conversion = own ?? standing ?? bestOf(payment.claims)?.conversion ?? null;
    if (own !== null && isBest) this.#applyRule(program, own);
    if (own !== null && isBest) this.#countFirst(own);
    return this.#answer(claim, { deduplicated: own === null });
  }

  #conversion(program: Program, { claim, referral }: { claim: Claim; referral: Referral }): Conversion {
    const { creator, code } = referral;
    const isMatched = claim.vouched;
    const isVerified = claim.vouched && referral.vouched;
    const isBelow = (program.mode === "keyed" && !isVerified) || (program.mode === "matched" && !isMatched);
    const lane = isBelow ? "held" : isMatched ? "clear" : "review";
    const laneReason = isBelow ? "below_mode" : isMatched ? null : "unverified";
    const nothing = this.#whyNothing(program, { creator, user: claim.user });
    const conversion: Conversion = {
      place: this.#arrive(),
      claim,
      payment: claim.payment,
      user: claim.user,
      creator,
      code,
      currency: claim.currency,
      amount: claim.amount,
      rateBps: nothing === null ? rateOf(creator) : 0,
      feeBps: program.feeBps,
      lane,
      reason: nothing ?? laneReason,
      at: this.now,
      matureDay: Math.ceil(this.now / DAY_MS) + program.holdingDays,
      decision: null,
      voided: null,
      refundedThen: 0,
    };
    program.conversions.push(conversion);
    claim.payment.conversions.push(conversion);
    return conversion;
  }

  #answer(claim: Claim, as: { replayed?: boolean; deduplicated?: boolean }): ConversionAnswer {
    const { conversion } = claim;
    if (conversion === null) throw new Error("a recorded claim has its conversion");
    const current = claim.vouched ? (inForce(claim.payment) ?? conversion) : conversion;
    return {
      conversion,
      status: claim.vouched ? this.statusOf(current) : this.#statusTold(conversion),
      lane: current.lane,
      reason: current.reason,
      earned: shareOf(conversion, conversion.amount),
      replayed: as.replayed ?? false,
      deduplicated: as.deduplicated ?? false,
    };
  }

  /** A payment counts once for a code, and with it the refunds that waited for it. */
  #countFirst(one: Conversion): void {
    const { conversions, takes } = one.payment;
    if (conversions.some((other) => other !== one && other.code === one.code)) return;
    this.#count(one.code, "conversions");
    this.#count(one.code, "refunds", takes.filter(({ waited }) => waited).length);
  }

  #whyNothing(program: Program, { creator, user }: { creator: Creator; user: string }): string | null {
    if (creator.revokedAt !== null) return "affiliate_revoked";
    const referral = program.referrals.get(user);
    if (program.maxMonths === null || referral === undefined) return null;
    const end = new Date(referral.createdAt - (referral.createdAt % 1_000));
    end.setUTCMonth(end.getUTCMonth() + program.maxMonths);
    return this.now >= end.getTime() ? "month_limit" : null;
  }

  /** Takes a refund from what it reaches, all or nothing, or lets it wait for its payment. */
  #take(program: Program, call: RefundCall, by: { vouched: boolean; code: Code | null }): Taken | Refusal {
    const { vouched } = by;
    const isMeant = (one: Conversion) =>
      one.voided === null && leftOf(one) > 0 && this.#isMeant(one, program, call, by);
    const reached = newestFirst(program.conversions.filter(isMeant))
      // What somebody vouched for comes first.
      .toSorted((a, b) => Number(b.claim.vouched) - Number(a.claim.vouched))
      .slice(0, REACH);
    const left = reached.reduce((sum, one) => sum + leftOf(one), 0);
    const amount = call.amount ?? left;
    const isEnough = reached.length > 0 && amount <= left;
    const isPayments = vouched && call.conversion === null && call.paymentRef !== null;
    const standing = isPayments ? inForce(paymentOf(program, call.paymentRef)) : null;
    const waited = isPayments && !isEnough && standing?.claim.vouched !== true;
    if (!isEnough && !waited) return vouched ? whyNot(program, call) : refuse("key_required");

    const touched = waited ? (standing === null ? [] : [standing]) : reached;
    const before = sumOf(touched.map(due));
    const isNamed = call.conversion !== null || call.paymentRef !== null;
    const take = { vouched, waited, currency: isNamed ? call.currency : (call.currency ?? program.currency) };
    const currency = call.currency ?? (waited ? null : (reached[0]?.currency ?? null));
    if (waited) {
      paymentOf(program, call.paymentRef).takes.push({ ...take, amount: call.amount ?? EVERYTHING });
      const reversed = difference(before, sumOf(touched.map(due)));
      return { amount: call.amount, currency, applied: false, reversed, parts: [] };
    }
    let rest = amount;
    const parts = reached.flatMap((conversion) => {
      const part = Math.min(rest, leftOf(conversion));
      rest -= part;
      // All of a payment that only the public spoke of is all of what a backend may say it was.
      const isAll = isPayments && call.amount === null && !conversion.claim.vouched;
      if (part > 0) conversion.payment.takes.push({ ...take, amount: isAll ? EVERYTHING : part });
      return part > 0 ? [{ conversion, amount: part }] : [];
    });
    const [first] = parts;
    if (first !== undefined) this.#count(first.conversion.code, "refunds");
    const reversed = difference(before, sumOf(touched.map(due)));
    return { amount, currency, applied: true, reversed, parts };
  }

  /** What is named keeps its currency; what is not is the user's, else the creator's, in the program's currency. */
  #isMeant(one: Conversion, program: Program, call: RefundCall, by: { vouched: boolean; code: Code | null }): boolean {
    const { user, currency } = call;
    const isNamed = call.conversion !== null || call.paymentRef !== null;
    if (one.currency !== (currency ?? (isNamed ? one.currency : program.currency))) return false;
    const isCreators = one.creator === by.code?.creator;
    const isUsers = user === null || one.user === user;
    // The public reaches only what the public announced and nobody relies on yet, user and code both matching.
    const isRelied = one.claim.vouched || one.decision !== null || one.matureDay <= this.today;
    if (!by.vouched && (isRelied || !isCreators || !isUsers)) return false;
    if (isNamed) return one.payment === namedPayment(program, call);
    return user === null ? isCreators : isUsers;
  }

  /** The same call again, if it also says the same: without a key, within the program's window. */
  #isAgain(program: Program, earlier: { readonly key: string | number; readonly at: number }): boolean {
    return typeof earlier.key === "number" && this.now - earlier.at < program.sameCallMs;
  }

  #arrive(): number {
    this.#arrivals += 1;
    return this.#arrivals;
  }

  #count(code: Code, what: keyof Counts, times = 1): void {
    const { counts } = code.creator.program;
    const name = `${code.ref.toLowerCase()} ${this.today}`;
    const count = counts.get(name) ?? { signups: 0, conversions: 0, refunds: 0 };
    count[what] += times;
    counts.set(name, count);
  }
}

/** What a conversion earns of what is left of its payment: floored at each step. */
export function due(one: Conversion): Share {
  return one.voided === null ? shareOf(one, leftOf(one)) : NOTHING;
}

/** What of a conversion's payment has gone back to the customer. */
export function refundedOf(one: Conversion): number {
  if (one.voided !== null) return one.refundedThen;
  // What the public refunded counts against what the public announced.
  const counts = (take: Take) =>
    (take.currency ?? one.currency) === one.currency && (take.vouched || !one.claim.vouched);
  const taken = one.payment.takes.filter(counts).reduce((sum, { amount }) => sum + amount, 0);
  return Math.min(one.amount, taken);
}

function shareOf(terms: { rateBps: number; feeBps: number }, cents: number): Share {
  const gross = (BigInt(cents) * BigInt(terms.rateBps)) / 10_000n;
  const fee = (gross * BigInt(terms.feeBps)) / 10_000n;
  return { gross: Number(gross), fee: Number(fee), net: Number(gross - fee) };
}

function leftOf(one: Conversion): number {
  return one.amount - refundedOf(one);
}

function difference(a: Share, b: Share): Share {
  return { gross: a.gross - b.gross, fee: a.fee - b.fee, net: a.net - b.net };
}

function sumOf(shares: readonly Share[]): Share {
  return shares.reduce((a, b) => ({ gross: a.gross + b.gross, fee: a.fee + b.fee, net: a.net + b.net }), NOTHING);
}

/** What two announcements have in common that are one, sent again without a key. */
type Sold = Pick<Claim, "user" | "vouched" | "creator" | "amount" | "currency" | "paymentRef">;

function isLike(one: Sold, other: Sold): boolean {
  const isSameBuyer = one.user === other.user && one.vouched === other.vouched && one.creator === other.creator;
  return (
    isSameBuyer && one.amount === other.amount && one.currency === other.currency && one.paymentRef === other.paymentRef
  );
}

/** The payment that a refund names in this program, if there is one. */
function namedPayment(program: Program, { conversion, paymentRef }: RefundCall): Payment | null {
  if (conversion !== null) return program.conversions.includes(conversion) ? conversion.payment : null;
  return (paymentRef === null ? undefined : program.payments.get(paymentRef)) ?? null;
}

/** Why a backend's refund takes nothing. */
function whyNot(program: Program, call: RefundCall): Refusal {
  const payment = namedPayment(program, call);
  if (call.conversion !== null && payment === null) return refuse("not_found");
  const named = payment === null ? undefined : (inForce(payment) ?? payment.conversions[0]);
  const isOther = call.currency !== null && named !== undefined && named.currency !== call.currency;
  return refuse(isOther ? "currency_mismatch" : "refund_exceeds_conversions");
}

function newestFirst(conversions: readonly Conversion[]): readonly Conversion[] {
  return conversions.toSorted((a, b) => b.place - a.place);
}

function inForce(payment: Payment): Conversion | null {
  return payment.conversions.find((one) => one.voided === null) ?? null;
}

function bestOf(claims: readonly Claim[]): Claim | undefined {
  return claims.find((claim) => claims.every((other) => other === claim || isBetter(claim, other)));
}

/** A key's word before the public's; then the first; of one millisecond callers' own keys before those without one. */
function isBetter(one: Claim, other: Claim): boolean {
  if (one.vouched !== other.vouched) return one.vouched;
  if (one.at !== other.at) return one.at < other.at;
  if (typeof one.key !== typeof other.key) return typeof one.key === "string";
  return one.key < other.key;
}

export function rulesInForce(program: Program): readonly Rule[] {
  return program.rules.filter(({ ended }) => !ended);
}

function voidIt(one: Conversion, why: Voided): void {
  one.refundedThen = refundedOf(one);
  one.voided = why;
}

/** Their own rate, else the program's: the last one set, for the clock never goes back. */
function rateOf(creator: Creator): number {
  return creator.rates.at(-1) ?? creator.program.rates.at(-1) ?? 0;
}

function isAlive(code: Code): boolean {
  return !code.retired && code.creator.revokedAt === null;
}

function paymentOf(program: Program, ref: string | null): Payment {
  const known = ref === null ? undefined : program.payments.get(ref);
  const payment = known ?? { claims: [], conversions: [], takes: [] };
  if (ref !== null) program.payments.set(ref, payment);
  return payment;
}

function programOf(caller: Caller, code: Code | null): Program | null {
  if (caller.keyOf !== null) return caller.names === null || caller.names === caller.keyOf ? caller.keyOf : null;
  if (code === null || (caller.names !== null && caller.names !== code.creator.program)) return null;
  return code.creator.program;
}

/** A key is the caller's own: the public's lies within the code it was sent with. */
function keyOf(eventId: string | null, { vouched, code }: { vouched: boolean; code: Code | null }): string | null {
  if (eventId === null) return null;
  return vouched ? eventId : `${code?.ref.toLowerCase() ?? ""}:${eventId}`;
}

const STATUS_OF: Readonly<Record<string, number>> = {
  unknown_ref: 404,
  not_found: 404,
  key_required: 403,
  idempotency_mismatch: 409,
  currency_mismatch: 422,
  refund_exceeds_conversions: 422,
};

function refuse(code: string): Refusal {
  return { refused: code, status: STATUS_OF[code] ?? 500 };
}
