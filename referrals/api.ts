/** What the routes of docs/api.md answer, as far as it is shown. */

export interface Code {
  readonly referral_code: string;
  readonly referral_url: string | null;
}

export interface Stats {
  readonly total_referrals: number;
  readonly total_credits_earned: number;
  readonly remaining_earnable_credits: number;
  readonly max_earnable_credits: number;
  readonly has_reached_limit: boolean;
}

export interface Entry {
  readonly referred_account_id: string;
  readonly referred_at: string;
  readonly status: "successful" | "pending";
  readonly credits_awarded: number;
}

export interface Credits {
  readonly balance: number;
}

export interface Sent {
  readonly results: readonly { readonly email: string; readonly success: boolean; readonly message: string }[];
  readonly success_count: number;
  readonly total_count: number;
}

export interface Refreshed {
  readonly new_code: string;
}
