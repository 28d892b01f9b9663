/**
 * What pages do beyond HTML, for whoever has JavaScript: copy a value, show times in the viewer's zone, follow what is
 * live. Each page works without it.
 */
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** How long a button says that it copied. */
const COPIED_MS = 2_000;

/** How long the reader sees how far something is, before it goes on. */
const GO_ON_MS = 500;

enhance(document);
document.querySelectorAll<HTMLElement>("[data-live]").forEach(follow);
document.querySelectorAll<HTMLFormElement>("[data-goes-on] form").forEach(goOn);

function enhance(root: ParentNode): void {
  root.querySelectorAll<HTMLTimeElement>("time[data-local]").forEach(showLocal);
  root.querySelectorAll<HTMLButtonElement>("button[data-copy]").forEach(offerCopy);
}

/** Sends a form that its reader could send again and again until the work is done. */
function goOn(form: HTMLFormElement): void {
  setTimeout(() => {
    if (!form.contains(document.activeElement)) form.requestSubmit();
  }, GO_ON_MS);
}

/** The time as the viewer's clock says it; the UTC one stays as its title. */
function showLocal(time: HTMLTimeElement): void {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) return;
  time.title = time.textContent ?? "";
  time.textContent = (time.dataset["local"] === "date" ? DATE : MOMENT).format(at);
}

/** The button is hidden until it can do something. */
function offerCopy(button: HTMLButtonElement): void {
  const { copy = "", copied = "" } = button.dataset;
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", () => void copyFrom(button, { copy, copied, label }));
}

async function copyFrom(
  button: HTMLButtonElement,
  { copy, copied, label }: { copy: string; copied: string; label: string | null },
): Promise<void> {
  await navigator.clipboard.writeText(copy);
  button.textContent = copied;
  announce(copied);
  setTimeout(() => (button.textContent = label), COPIED_MS);
}

function announce(words: string): void {
  const status = document.getElementById("status");
  if (status !== null) status.textContent = words;
}

/**
 * Shows what the server sends of this part of the page. Each message is the whole part as HTML, made by the server as the
 * page itself was; nothing is replaced while somebody is in the middle of it.
 */
function follow(part: HTMLElement): void {
  const source = new EventSource(part.dataset["live"] ?? "");
  source.addEventListener("message", ({ data }: MessageEvent<string>) => {
    if (part.contains(document.activeElement)) return;
    const fresh = new DOMParser().parseFromString(data, "text/html");
    part.replaceChildren(...fresh.body.childNodes);
    enhance(part);
    const said = part.querySelector<HTMLElement>("[data-announce]")?.dataset["announce"];
    if (said !== undefined && said !== part.dataset["said"]) {
      part.dataset["said"] = said;
      announce(said);
    }
  });
  source.addEventListener("end", () => source.close());
  // The connection is kept no longer than the page is shown: the browser then may keep the page itself.
  addEventListener("pagehide", () => source.close());
}
