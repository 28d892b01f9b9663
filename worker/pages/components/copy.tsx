import { COMMON } from "../../texts/common.ts";

/** A value of one line to take away. */
export function Copy({ value, label }: { value: string; label: string }) {
  return (
    <div class="copy">
      <input type="text" readonly value={value} aria-label={label} />
      <CopyButton value={value} label={label} />
    </div>
  );
}

/** Several lines to take away, such as code to paste. */
export function CopyBlock({ value, label }: { value: string; label: string }) {
  return (
    <div class="copy block">
      <pre tabindex={0} role="region" aria-label={label}>
        <code>{value}</code>
      </pre>
      <CopyButton value={value} label={label} />
    </div>
  );
}

/** Hidden until the script of the page makes it work. */
function CopyButton({ value, label }: { value: string; label: string }) {
  return (
    <button
      type="button"
      class="quiet"
      hidden
      data-copy={value}
      data-copied={COMMON.copied}
      aria-label={`${COMMON.copy}: ${label}`}
    >
      {COMMON.copy}
    </button>
  );
}
