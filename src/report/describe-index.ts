import { asNumber, type ExactDocument } from "../model/exact-document.ts";

/** Fields that say nothing a reader of a plan wants to know: versions, defaults, and what is shown anyway. */
const UNINTERESTING = new Set([
  "v",
  "key",
  "name",
  "ns",
  "background",
  "weights",
  "default_language",
  "language_override",
  "textIndexVersion",
  "2dsphereIndexVersion",
]);

/** Key and properties of an index: `{"email":1} unique`. Names are as the server has them: escape before printing. */
export function describeIndex(spec: ExactDocument): string {
  const properties = [...spec.fields].flatMap(([name, value]) => describeProperty(name, value));
  return [formatValue(spec.fields.get("key")), ...properties].join(" ");
}

/** Names of the options a collection or view has, such as `capped, size`; empty where it has none. */
export function describeOptions(options: ExactDocument): string {
  return [...options.fields.keys()].join(", ");
}

function describeProperty(name: string, value: unknown): string[] {
  if (UNINTERESTING.has(name) || value === false) return [];
  if (value === true) return [name];
  if (name === "expireAfterSeconds") return [`expires after ${formatValue(value)} s`];
  return [`${name} ${formatValue(value)}`];
}

/** Short, unlike canonical extended JSON: numbers without their type. */
function formatValue(value: unknown): string {
  if (value instanceof Map) {
    const fields = [...value].map(([name, item]) => `${JSON.stringify(name)}:${formatValue(item)}`);
    return `{${fields.join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(formatValue).join(",")}]`;
  const number = asNumber(value);
  return number === null ? (JSON.stringify(value) ?? "?") : String(number);
}
