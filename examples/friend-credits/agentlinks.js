/** What the backend says to AgentLinks. The secret key stays here: a browser never sees it. */

const LINKS = process.env.AGENTLINKS_URL ?? "http://127.0.0.1:8787";
const KEY = process.env.AGENTLINKS_KEY ?? "";
/** Nobody waits longer for a referral program. */
const TIMEOUT_MS = 3_000;

/** A token for one of our users, for half an hour: the element on the page speaks with it. */
export function createToken(user) {
  return call("/api/v1/tokens", { account_id: user.id, email: user.email });
}

/**
 * A new user came by a code. Whatever happens here, the signup goes on: it is told as `{ success: false, message }`. To repeat
 * it is safe, for an account is referred once.
 */
export async function redeem(user, code) {
  try {
    return await call("/api/v1/referrals/redeem", { code, referred_account_id: user.id, email: user.email });
  } catch (error) {
    console.error("not redeemed, to be repeated:", user.id, error.message);
    return { success: false, message: "Your code will be looked at later" };
  }
}

/** What a user has to spend. */
export async function creditsOf(user) {
  const { balance } = await call("/api/v1/credits?limit=1", undefined, user);
  return balance;
}

/** Pays with credits. The reference, one for each order, makes it safe to repeat; without the credits it throws. */
export function spend(user, amount, reference) {
  return call("/api/v1/credits/spend", { amount, reference }, user);
}

async function call(path, body, user) {
  const response = await fetch(LINKS + path, {
    method: body ? "POST" : "GET",
    headers: { Authorization: `Bearer ${KEY}`, ...(user && { "X-Account-Id": user.id }) },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer;
}
