/** A cutover that is given up: its changes are followed again, and somebody has to ask for it anew. The message says why. */
export class CannotCutOver extends Error {
  override readonly name = "CannotCutOver";
}
