/** Why something is not made at the destination: the precheck fails on it, and the plan shows it so. */
export interface Refusal {
  /** Follows the name of what is refused; quotes untrusted names. */
  readonly reason: string;
  readonly remedy: string;
}
