import { AUDIT } from "../../../texts/audit.ts";

/** Addresses by the actor's name in the audit log, of those who may be named. */
export type ActorNames = ReadonlyMap<string, string>;

/** Who did something: an owner by their address, anybody else by what they are. */
export function Actor({ actor, names }: { actor: string; names: ActorNames }) {
  const email = names.get(actor);
  if (email !== undefined) return <>{email}</>;
  const [kind, id] = partsOf(actor);
  const words = wordsOf(kind, id);
  if (words === null) return <code>{actor}</code>;
  return (
    <>
      {words}
      {id === null ? null : (
        <div class="soft small">
          <code>{id}</code>
        </div>
      )}
    </>
  );
}

/** The same within a sentence. */
export function actorWords(actor: string, names: ActorNames): string {
  const [kind, id] = partsOf(actor);
  return names.get(actor) ?? (id === null ? undefined : AUDIT.byWhom[kind]) ?? actor;
}

function partsOf(actor: string): readonly [string, string | null] {
  const at = actor.indexOf(":");
  return at < 0 ? [actor, null] : [actor.slice(0, at), actor.slice(at + 1)];
}

function wordsOf(kind: string, id: string | null): string | null {
  const { who } = AUDIT;
  switch (kind) {
    case "operator":
      return id === null ? who.operator : who.operatorPerson;
    case "user":
      return who.person;
    case "key":
      return who.key;
    case "affiliate":
      return who.affiliate;
    case "rule":
      return who.rule;
    case "job":
      return who.job;
    case "import":
      return who.import;
    case "stripe":
      return who.stripe;
    default:
      return null;
  }
}
