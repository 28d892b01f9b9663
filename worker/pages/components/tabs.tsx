/** A link of several, of which one is where the reader is. `count`: how much waits there, shown when above zero. */
export interface Tab {
  readonly href: string;
  readonly label: string;
  readonly current: boolean;
  readonly count?: number;
}

/** Links beside each other; the caller puts them into a named `<nav>`. */
export function Tabs({ tabs }: { tabs: readonly Tab[] }) {
  return (
    <ul class="tabs">
      {tabs.map(({ href, label, current, count = 0 }) => (
        <li>
          <a href={href} aria-current={current ? "page" : undefined}>
            {label}
            {count > 0 ? <span class="count">{count}</span> : null}
          </a>
        </li>
      ))}
    </ul>
  );
}
