import type { Redemption } from "../../../store/redemption-store.ts";
import { CREDITS } from "../../../texts/credits.ts";
import { CreditState } from "../../components/credits.tsx";
import { type Column, Table, Time } from "../../components/data.tsx";
import { Button } from "../../components/form.tsx";
import { withQuery } from "../../forms.ts";
import { appPath } from "../head.ts";

const { owner: words } = CREDITS;

/** An account of the app's, with a link to what it has. */
export function AccountLink({ appId, account }: { appId: string; account: string }) {
  return <a href={accountPath(appId, account)}>{account}</a>;
}

function accountPath(appId: string, account: string): string {
  return withQuery(appPath(appId, "/credits/account"), { id: account });
}

/** Friends who were brought; `of` one account who brought them all. */
export function RedemptionTable({
  appId,
  rows,
  of = null,
}: {
  appId: string;
  rows: readonly Redemption[];
  of?: string | null;
}) {
  const { head } = words;
  const referrer: Column<Redemption> = {
    head: head.referrer,
    cell: ({ referrerAccount }) => <AccountLink appId={appId} account={referrerAccount} />,
  };
  return (
    <Table
      caption={words.list}
      unseen
      rows={rows}
      columns={[
        { head: head.at, cell: ({ createdAt }) => <Time at={createdAt} /> },
        { head: head.friend, cell: ({ referredAccount }) => <AccountLink appId={appId} account={referredAccount} /> },
        ...(of === null ? [referrer] : []),
        { head: head.status, cell: (row) => <CreditState redemption={row} /> },
        { head: head.credits, end: true, cell: (row) => <Awards redemption={row} /> },
        {
          head: "",
          end: true,
          cell: ({ id }) => (
            <Button kind="quiet" slim href={appPath(appId, `/credits/${id}`)} about={id}>
              {words.details}
            </Button>
          ),
        },
      ]}
    />
  );
}

/** Of both sides; what was taken back is not there any more. */
function Awards({ redemption }: { redemption: Redemption }) {
  const { status, referrerAward, refereeAward } = redemption;
  if (status === "pending") return <>–</>;
  const said = words.both(referrerAward, refereeAward);
  return status === "revoked" ? <del>{said}</del> : <>{said}</>;
}
