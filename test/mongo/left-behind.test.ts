import { type Document, type MongoClient, MongoServerError } from "mongodb";
import { describe, expect, it } from "vitest";
import type { LeftBehind } from "../../src/model/facts.ts";
import { readLeftBehind } from "../../src/mongo/left-behind.ts";
import { collectionFacts } from "../support/sample-facts.ts";

type Answer = number | readonly string[];

/** A server that lists these search indexes, by collection, or refuses with a code, as no server at hand does. */
async function searchIndexesOf(answers: Readonly<Record<string, Answer>>) {
  const command = async (asked: Document): Promise<Document> => {
    const answer = answers[String(asked["aggregate"])] ?? 13;
    if (typeof answer === "number") throw new MongoServerError({ code: answer });
    return { cursor: { firstBatch: answer.map((name) => ({ name })) } };
  };
  const client = { db: () => ({ command }) } as unknown as MongoClient;
  const collections = Object.keys(answers).map((name) => collectionFacts(`shop.${name}`));
  return (await readLeftBehind(client, collections)).searchIndexes;
}

describe("readLeftBehind", () => {
  it.each<[number, LeftBehind["searchIndexes"]]>([
    [13, null],
    [59, "stage-unknown"],
    [115, []],
    [8_000, null],
    [31_082, []],
    [40_324, "stage-unknown"],
    [6_047_401, []],
  ])("takes code %i of $listSearchIndexes for %j", async (code, expected) => {
    expect(await searchIndexesOf({ a: code })).toEqual(expected);
  });

  it("lists what is there, and nothing where one collection is kept to itself", async () => {
    const { namespace } = collectionFacts("shop.b");
    expect(await searchIndexesOf({ a: [], b: ["default"] })).toEqual([
      { namespace, names: ["default"] },
    ]);
    expect(await searchIndexesOf({ a: ["default"], b: 13 })).toBeNull();
    expect(await searchIndexesOf({ a: ["default"], b: 40_324 })).toBeNull();
  });
});
