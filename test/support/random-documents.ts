/** Random documents as raw BSON: all types, nested, odd names, mixed keys. */
import {
  binary,
  codeWithScope,
  doc,
  double,
  EMPTY_TIMESTAMP,
  field,
  int32,
  int64,
  NOTHING,
  text,
} from "./raw-values.ts";
import type { SeededRandom } from "./seeded-random.ts";

type Value = readonly [type: number, bytes: Uint8Array];
type MakeValue = (random: SeededRandom) => Value;

const NAMES = ["a", "b", "c", "", "0", "1", "10", "2", "a.b", ".", "$x", "$set", "$ref", "_id.x"];
const MORE_NAMES = ["ä", "名前", "__proto__", "toBSON", " ", "\n", "x".repeat(300), "😀"];
const TEXTS = ["", "a", "ä", "\0", "a\0b", "😀", "$$NOW", "1", "x".repeat(500)];
const DOUBLES = [0, -0, 1, -1.5, Number.NaN, Infinity, -Infinity, Number.MIN_VALUE, 1e308];
const SUBTYPES = [0, 1, 3, 4, 5, 6, 8, 128, 255];

const LEAVES: readonly MakeValue[] = [
  (random) => [0x01, double(random.pick(DOUBLES))],
  (random) => [0x01, random.bytes(8)],
  (random) => [0x02, text(random.pick(TEXTS))],
  (random) => [0x05, binary(random.pick(SUBTYPES), random.bytes(random.below(20)))],
  (random) => [0x05, oldBinary(random.bytes(random.below(5)))],
  () => [0x06, NOTHING],
  (random) => [0x07, random.bytes(12)],
  (random) => [0x08, Buffer.from([random.below(2)])],
  (random) => [0x09, random.bytes(8)],
  () => [0x0a, NOTHING],
  (random) => [0x0b, regex(random.pick(["", "^a", "[b]+"]), random.pick(["", "i", "im"]))],
  (random) => [0x0c, Buffer.concat([text("shop.carts"), random.bytes(12)])],
  (random) => [0x0d, text(random.pick(TEXTS))],
  (random) => [0x0e, text(random.pick(TEXTS))],
  (random) => [0x0f, codeWithScope("f()", doc(field(0x10, "2", random.bytes(4))))],
  (random) => [0x10, random.bytes(4)],
  () => [0x11, EMPTY_TIMESTAMP],
  (random) => [0x11, random.bytes(8)],
  (random) => [0x12, random.bytes(8)],
  (random) => [0x13, random.bytes(16)],
  () => [0xff, NOTHING],
  () => [0x7f, NOTHING],
];

/** Kinds of keys, each with a number in it, so that no two of them are one key to a server. */
const KEYS: readonly ((number: number) => Value)[] = [
  (number) => [0x10, int32(number)],
  (number) => [0x12, int64(BigInt(number) - 2n ** 60n)],
  (number) => [0x01, double(number + 0.5)],
  (number) => [0x02, text(`key ${number}`)],
  (number) => [0x0e, text(`symbol ${number}`)],
  (number) => [0x0d, text(`code ${number}`)],
  (number) => [0x05, binary(number % 2 === 0 ? 0 : 4, wide(number, 16))],
  (number) => [0x07, wide(number, 12)],
  (number) => [0x09, int64(BigInt(number))],
  (number) => [0x11, int64(BigInt(number) + 1n)],
  (number) => [0x0c, Buffer.concat([text("shop.carts"), wide(number, 12)])],
  (number) => [0x13, decimal(number)],
  (number) => [0x03, doc(field(0x10, "2", int32(number)), field(0x0a, "1", NOTHING))],
  (number) => [0x03, doc(field(0x03, "a.b", doc(field(0x01, "", double(number)))))],
];
const ONCE_KEYS: readonly Value[] = [
  [0x0a, NOTHING],
  [0x01, double(Number.NaN)],
  [0x01, double(Infinity)],
  [0x02, text("")],
  [0x03, doc()],
  [0x08, Buffer.from([0])],
  [0x08, Buffer.from([1])],
  [0x11, EMPTY_TIMESTAMP],
  [0xff, NOTHING],
  [0x7f, NOTHING],
];

/** That many documents, each with a key of its own. */
export function randomDocuments(random: SeededRandom, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, number) => {
    const [type, bytes] = ONCE_KEYS[number] ?? random.pick(KEYS)(number);
    return doc(field(type, "_id", bytes), ...randomFields(random, 7, 0));
  });
}

function randomFields(random: SeededRandom, most: number, level: number): Uint8Array[] {
  return Array.from({ length: random.below(most + 1) }, () => {
    const [type, bytes] = randomValue(random, level);
    return field(type, randomName(random), bytes);
  });
}

function randomName(random: SeededRandom): string {
  const name = random.pick(random.below(4) === 0 ? MORE_NAMES : NAMES);
  return random.below(5) === 0 ? `${name}${random.below(1_000)}` : name;
}

function randomValue(random: SeededRandom, level: number): Value {
  const isNested = level < 5 && random.below(4) === 0;
  if (!isNested) return random.pick(LEAVES)(random);
  const isArray = random.below(2) === 0;
  if (!isArray) return [0x03, doc(...randomFields(random, 4, level + 1))];
  const items = Array.from({ length: random.below(4) }, (_, index) => {
    const [type, bytes] = randomValue(random, level + 1);
    return field(type, String(index), bytes);
  });
  return [0x04, doc(...items)];
}

function regex(pattern: string, options: string): Buffer {
  return Buffer.from(`${pattern}\0${options}\0`);
}

/** Subtype 2 has its length twice. */
function oldBinary(bytes: Uint8Array): Buffer {
  return binary(2, Buffer.concat([int32(bytes.length), bytes]));
}

function wide(number: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32BE(number, length - 4);
  return bytes;
}

/** `number` + 0.25, which is no other type's key. */
function decimal(number: number): Buffer {
  return Buffer.concat([
    int64(BigInt(number) * 100n + 25n),
    Buffer.alloc(6),
    Buffer.from([0x3c, 0x30]),
  ]);
}
