import type { LoadGate } from "../ports.ts";

/**
 * Cuts what is to be written into portions, where the load is limited.
 *
 * @param sizeOf - Bytes of an item; zero where they are not known.
 */
export function* portionsOf<T>(
  items: readonly T[],
  sizeOf: (item: T) => number,
  load: Pick<LoadGate, "portion">,
): Generator<readonly T[]> {
  let rest = items;
  while (rest.length > 0) {
    const most = load.portion;
    if (most === null) {
      yield rest;
      return;
    }
    let bytes = 0;
    const end = rest.findIndex((item, index) => {
      bytes += sizeOf(item);
      return index > 0 && (index >= most.documentCount || bytes > most.bytes);
    });
    yield end === -1 ? rest : rest.slice(0, end);
    rest = end === -1 ? [] : rest.slice(end);
  }
}
