/** Which sides of the product are open: the promoters' own, and the administration of affiliates. */
export const FLAGS = ["platformReferrals", "settingsAffiliates"] as const;

export type Flag = (typeof FLAGS)[number];

/** What the database says of a flag, for an app and for the installation; null where it says nothing. */
export interface StoredFlag {
  readonly app: boolean | null;
  readonly installation: boolean | null;
}

/** A flag as it stands, and whose word that is. */
export interface FlagState {
  readonly enabled: boolean;
  readonly from: "app" | "installation" | "environment";
}

export type Flags = Readonly<Record<Flag, FlagState>>;

/** The flags as they stand: the app's word, else the installation's, else what the environment begins with. */
export function resolveFlags(
  stored: Readonly<Record<Flag, StoredFlag>>,
  environment: Readonly<Record<Flag, boolean>>,
): Flags {
  const { platformReferrals, settingsAffiliates } = stored;
  return {
    platformReferrals: resolve(platformReferrals, environment.platformReferrals),
    settingsAffiliates: resolve(settingsAffiliates, environment.settingsAffiliates),
  };
}

function resolve({ app, installation }: StoredFlag, environment: boolean): FlagState {
  if (app !== null) return { enabled: app, from: "app" };
  if (installation !== null) return { enabled: installation, from: "installation" };
  return { enabled: environment, from: "environment" };
}
