const LENGTH_BYTES = 4;

/** Where the documents of a raw BSON array of documents begin. The first four bytes of each are its length. */
export function documentOffsets(array: Buffer): readonly number[] {
  const offsets: number[] = [];
  const end = array.length - 1;
  for (let offset = LENGTH_BYTES; offset < end;) {
    offset++; // the element's type
    while (array[offset] !== 0) offset++;
    offset++;
    offsets.push(offset);
    offset += array.readInt32LE(offset);
  }
  return offsets;
}
