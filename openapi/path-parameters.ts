/** What stands in paths. An operation says it itself where it is about something else. */
export const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  account_id: "Your own id of the account.",
  conversion_id: "The conversion's id.",
  correction_id: "The correction's id.",
  payout_id: "The payout's id.",
  ref: "The code.",
  token_id: "The token's id.",
  user_id: "Your own id of the customer.",
};
