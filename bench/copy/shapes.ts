/** The collections that are copied: many small documents, ordinary ones, few large ones. */
import { Binary, Decimal128, type Document, Long, ObjectId } from "mongodb";
import { type Random, seededRandom } from "./random.ts";
import { sampleText } from "./sample-text.ts";

export interface Shape {
  readonly name: string;
  readonly documentCount: number;
  /** What the documents stand for, for the table. */
  readonly description: string;
  readonly makeDocument: (index: number, tools: MakingTools) => Document;
}

interface MakingTools {
  readonly random: Random;
  readonly text: (length: number) => string;
}

const SEED = 20_261_122;
const FIRST_MOMENT_MS = Date.UTC(2024, 0, 1);

export const SHAPES: readonly Shape[] = [
  { name: "1kb", documentCount: 400_000, description: "orders, 1 KB", makeDocument: makeOrder },
  {
    name: "260b",
    documentCount: 1_000_000,
    description: "readings, 260 B",
    makeDocument: makeReading,
  },
  {
    name: "20kb",
    documentCount: 20_000,
    description: "articles, 20 KB",
    makeDocument: makeArticle,
  },
];

/** The documents of a shape: always the same ones, so that figures of different days can be compared. */
export function* generateDocuments(shape: Shape, documentCount: number): Generator<Document> {
  const random = seededRandom(SEED);
  const tools = { random, text: sampleText(random) };
  for (let index = 0; index < documentCount; index++) yield shape.makeDocument(index, tools);
}

function makeOrder(index: number, { random, text }: MakingTools): Document {
  const placedAt = momentOf(index);
  return {
    _id: ascendingId(index, random),
    customer: new ObjectId(random.bytes(12)),
    placedAt,
    shippedAt: random.below(3) === 0 ? null : new Date(placedAt.getTime() + random.below(9e8)),
    status: oneOf(["placed", "packed", "shipped", "returned"], random),
    total: Decimal128.fromString(`${random.below(90_000)}.${10 + random.below(90)}`),
    currency: oneOf(["EUR", "USD", "CNY", "JPY"], random),
    isGift: random.below(10) === 0,
    items: Array.from({ length: 4 }, () => ({
      sku: random.bytes(5).toString("hex"),
      quantity: 1 + random.below(5),
      price: random.below(20_000) / 100,
    })),
    address: {
      street: text(18),
      city: text(10),
      postalCode: String(10_000 + random.below(90_000)),
      location: { type: "Point", coordinates: [random.fraction() * 180, random.fraction() * 90] },
    },
    tags: [text(6), text(8), text(7)],
    loyaltyPoints: Long.fromNumber(random.below(2 ** 24) * 4096),
    note: text(337 + random.below(100)),
  };
}

function makeReading(index: number, { random, text }: MakingTools): Document {
  return {
    _id: ascendingId(index, random),
    device: random.bytes(6).toString("hex"),
    at: momentOf(index),
    value: random.fraction() * 100,
    unit: oneOf(["°C", "hPa", "%", "lx"], random),
    sequence: Long.fromNumber(index),
    quality: random.below(100),
    isCalibrated: random.below(4) > 0,
    position: { lat: random.fraction() * 90, lon: random.fraction() * 180 },
    remark: text(63 + random.below(20)),
  };
}

function makeArticle(index: number, { random, text }: MakingTools): Document {
  return {
    _id: ascendingId(index, random),
    title: text(50),
    author: { name: text(16), id: new ObjectId(random.bytes(12)) },
    publishedAt: momentOf(index),
    views: Long.fromNumber(random.below(2 ** 24)),
    rating: random.fraction() * 5,
    isDraft: random.below(20) === 0,
    preview: new Binary(random.bytes(1024)),
    comments: Array.from({ length: 20 }, (_, number) => ({
      number,
      at: momentOf(index + number),
      by: text(14),
      text: text(150 + random.below(100)),
    })),
    body: text(12_400 + random.below(3000)),
  };
}

/** As drivers make them: seconds that grow, then random bytes and a counter. */
function ascendingId(index: number, random: Random): ObjectId {
  const id = random.bytes(12);
  id.writeUInt32BE(Math.floor(momentOf(index).getTime() / 1000), 0);
  id.writeUInt32BE(index, 8);
  return new ObjectId(id);
}

function momentOf(index: number): Date {
  return new Date(FIRST_MOMENT_MS + index * 40);
}

function oneOf(values: readonly string[], random: Random): string | undefined {
  return values[random.below(values.length)];
}
