/** Two links of a chain; decoration beside the name. */
export function Logo() {
  return (
    <svg
      width="26"
      height="26"
      viewBox="0 0 26 26"
      fill="none"
      stroke="currentColor"
      stroke-width="3"
      aria-hidden="true"
    >
      <rect x="2" y="8" width="13" height="10" rx="5" />
      <rect x="11" y="8" width="13" height="10" rx="5" />
    </svg>
  );
}
