import type { Child } from "hono/jsx";
import { formatMoney } from "../../../domain/currency.ts";
import type { ActivityEvent } from "../../../services/track/read-activity.ts";
import type { ConversionEvent, RefundEvent, SignupEvent } from "../../../store/activity-store.ts";
import { COMMON } from "../../../texts/common.ts";
import { SETUP } from "../../../texts/setup.ts";
import { Badge, Money, Table, Time, type Tone } from "../../components/data.tsx";
import { withQuery } from "../../forms.ts";
import { appPath } from "../head.ts";

const { activity: WORDS } = SETUP;

/** The lines of the live log. */
export function Events({ appId, events }: { appId: string; events: readonly ActivityEvent[] }) {
  return (
    <Table
      caption={WORDS.title}
      unseen
      rows={events}
      columns={[
        { head: WORDS.when, cell: ({ at }) => <Time at={at} /> },
        { head: WORDS.what, cell: (event) => <What event={event} /> },
        { head: WORDS.who, cell: (event) => <Who userId={userOf(event)} code={codeOf(event)} /> },
        {
          head: WORDS.result,
          cell: (event) => (
            <div class="row apart">
              <div>
                <Outcome event={event} />
              </div>
              <Why appId={appId} event={event} />
            </div>
          ),
        },
      ]}
    />
  );
}

/** Why a call was refused, in words. */
export function refusalInWords(reason: string): string {
  return WORDS.reasons[reason] ?? WORDS.otherReason(reason);
}

function What({ event }: { event: ActivityEvent }) {
  const { kind } = event;
  if (kind === "refused") return <Badge tone="bad">{WORDS.kind.refused}</Badge>;
  return (
    <>
      <strong>{WORDS.kind[kind]}</strong>
      {kind === "conversion" ? (
        <div>
          <Money cents={event.capturedCents} currency={event.currency} />
        </div>
      ) : null}
      {kind === "refund" ? <div>{refundAmount(event)}</div> : null}
    </>
  );
}

function refundAmount({ amountCents, currency }: RefundEvent): string {
  return amountCents === null || currency === null ? WORDS.refundAll : formatMoney(amountCents, currency);
}

function codeOf(event: ActivityEvent): string | null {
  return event.kind === "refused" ? event.call.code : event.code;
}

function userOf(event: ActivityEvent): string | null {
  return event.kind === "refused" ? event.call.userId : event.userId;
}

/** Of which customer, and by whose link. */
export function Who({ userId, code }: { userId: string | null; code: string | null }) {
  return (
    <>
      {userId === null ? <span class="soft">{COMMON.none}</span> : <code>{userId}</code>}
      {code === null ? null : <div class="soft small">{WORDS.by(code)}</div>}
    </>
  );
}

function Outcome({ event }: { event: ActivityEvent }) {
  switch (event.kind) {
    case "signup":
      return <SignupOutcome event={event} />;
    case "conversion":
      return <ConversionOutcome event={event} />;
    case "refund":
      return <RefundOutcome event={event} />;
    case "refused":
      return <>{refusalInWords(event.call.reason)}</>;
  }
}

function SignupOutcome({ event }: { event: SignupEvent }) {
  const flag = event.flag === "no_click" ? WORDS.signupFlag.no_click : null;
  return (
    <Said tone={event.trust === "vouched" ? "good" : undefined} note={flag}>
      {event.trust === "vouched" ? WORDS.signupVouched : WORDS.signupPublic}
    </Said>
  );
}

function ConversionOutcome({ event }: { event: ConversionEvent }) {
  const { lane, reason, voidReason, netCents, currency } = event;
  const why = voidReason ?? reason;
  const because = why === null ? null : (WORDS.conversionReasons[why] ?? why);
  if (voidReason !== null) {
    return (
      <Said tone="bad" note={because}>
        {WORDS.void}
      </Said>
    );
  }
  const earns = netCents === 0 ? WORDS.nothing : WORDS.earns(formatMoney(netCents, currency));
  return (
    <Said tone={TONE[lane]} note={because === null ? earns : `${earns}. ${because}.`}>
      {WORDS.lane[lane]}
    </Said>
  );
}

const TONE: Readonly<Record<ConversionEvent["lane"], Tone>> = { clear: "good", review: "wait", held: "bad" };

function RefundOutcome({ event }: { event: RefundEvent }) {
  if (event.status === "failed" || event.status === "canceled") return <Said tone="bad">{WORDS.refundFailed}</Said>;
  return event.isApplied ? (
    <Said tone="good">{WORDS.refundApplied}</Said>
  ) : (
    <Said tone="wait">{WORDS.refundWaits}</Said>
  );
}

function Said({ tone, note = null, children }: { tone?: Tone | undefined; note?: string | null; children?: Child }) {
  return (
    <>
      <Badge tone={tone}>{children}</Badge>
      {note === null ? null : <div class="soft small">{note}</div>}
    </>
  );
}

/** The whole story of what a line is about. */
function Why({ appId, event }: { appId: string; event: ActivityEvent }) {
  const subject = subjectOf(event);
  if (subject === null) return null;
  const [name, value] = subject;
  return (
    <a href={withQuery(appPath(appId, "/activity/explain"), { [name]: value })}>
      {WORDS.why}
      <span class="unseen"> {value}</span>
    </a>
  );
}

/** As `explain` names its subjects. */
function subjectOf(event: ActivityEvent): readonly [string, string] | null {
  if (event.kind === "conversion") return ["conversion_id", event.id];
  if (event.kind === "refund" && event.conversionId !== null) return ["conversion_id", event.conversionId];
  const userId = userOf(event);
  if (userId !== null) return ["user_id", userId];
  const code = codeOf(event);
  return code === null ? null : ["ref", code];
}
