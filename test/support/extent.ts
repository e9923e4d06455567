/** How much of something a test does: for each change, or more of it in `npm run test:soak`. */
export function extent(forChanges: number, forSoak: number): number {
  return process.env["MONGOFERRY_SOAK"] === "1" ? forSoak : forChanges;
}
