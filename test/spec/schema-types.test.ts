import { readFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
// @ts-expect-error a script without types
import { renderSpecTypes, typesUrl } from "../../scripts/generate-spec-types.mjs";
import { DEFAULT_VALUES } from "../../src/spec/default-values.ts";

const schemaUrl = new URL("../../schemas/mongoferry.schema.json", import.meta.url);
const schema: unknown = JSON.parse(await readFile(schemaUrl, "utf8"));

describe("the JSON Schema", () => {
  it("is valid draft 2020-12", () => {
    const ajv = new Ajv2020({ strictTypes: false, strictRequired: false });
    ajv.addVocabulary(["patternErrorMessage"]);
    expect(ajv.validateSchema(schema as object)).toBe(true);
    expect(() => ajv.compile(schema as object)).not.toThrow();
  });

  it("is what the types were generated from", async () => {
    expect(await readFile(typesUrl as URL, "utf8")).toBe(await renderSpecTypes());
  });

  it("describes every property, and closes every object", () => {
    const undescribed = propertiesOf(schema).filter(([, node]) => descriptionOf(node) === "");
    expect(undescribed.map(([name]) => name)).toEqual([]);
    const open = objectsOf(schema).filter((node) => node["additionalProperties"] !== false);
    expect(open).toEqual([]);
  });

  it("states the defaults that the program fills in", () => {
    const stated = propertiesOf(schema).flatMap(([name, node]) => {
      const value = resolve(node)["default"];
      return name in DEFAULT_VALUES && value !== undefined ? [[name, value]] : [];
    });
    for (const [name, value] of stated) {
      expect([name, value]).toEqual([name, DEFAULT_VALUES[name as keyof typeof DEFAULT_VALUES]]);
    }
    expect(new Set(stated.map(([name]) => name))).toEqual(new Set(Object.keys(DEFAULT_VALUES)));
  });

  it("gives examples that it allows", () => {
    const ajv = new Ajv2020({ strictTypes: false, strictRequired: false, allErrors: true });
    ajv.addVocabulary(["patternErrorMessage"]);
    ajv.addSchema(schema as object, "s");
    for (const [, node] of propertiesOf(schema)) {
      const { examples = [], default: fallback, ...rest } = node as Record<string, unknown>;
      const values = [...(examples as unknown[]), ...(fallback === undefined ? [] : [fallback])];
      const validate = ajv.compile(absolute(rest) as object);
      for (const value of values) expect([value, validate(value)]).toEqual([value, true]);
    }
  });
});

type SchemaNode = Record<string, unknown>;

function allNodes(node: unknown): SchemaNode[] {
  if (typeof node !== "object" || node === null) return [];
  const children = Object.values(node).flatMap((child) => allNodes(child));
  return Array.isArray(node) ? children : [node as SchemaNode, ...children];
}

function propertiesOf(root: unknown): [string, SchemaNode][] {
  return allNodes(root).flatMap((node) =>
    Object.entries((node["properties"] ?? {}) as SchemaNode).filter(
      (entry): entry is [string, SchemaNode] => typeof entry[1] === "object",
    ),
  );
}

function objectsOf(root: unknown): SchemaNode[] {
  return allNodes(root).filter((node) => {
    const types = [node["type"]].flat();
    return types.includes("object") && typeof node["properties"] === "object";
  });
}

function resolve(node: SchemaNode): SchemaNode {
  const name =
    String(node["$ref"] ?? "")
      .split("/")
      .at(-1) ?? "";
  const definitions = (schema as SchemaNode)["$defs"] as Record<string, SchemaNode>;
  return { ...definitions[name], ...node };
}

function descriptionOf(node: SchemaNode): string {
  return String(resolve(node)["description"] ?? "");
}

function absolute(node: unknown): unknown {
  return JSON.parse(JSON.stringify(node).replaceAll('"#/$defs', '"s#/$defs'));
}
