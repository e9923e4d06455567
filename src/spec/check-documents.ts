import { compareProblems, type SpecProblem } from "../model/problem.ts";
import {
  findDocumentCredentials,
  findSourceCredentials,
  type CredentialFinding,
} from "./credential-problems.ts";
import { readDocumentKind } from "./document-kind.ts";
import { parseYaml } from "./parse-yaml.ts";
import { findSchemaProblems } from "./schema-problems.ts";
import { SEMANTIC_RULES } from "./semantic-rules.ts";
import type { SpecDocument, SpecSource } from "./spec-document.ts";
import type { DocumentKind } from "./spec-schema.ts";
import type { SpecSet } from "./spec-set.ts";

export interface CheckedSpecs {
  readonly specs: SpecSet;
  readonly problems: readonly SpecProblem[];
}

interface CheckedDocument {
  readonly document: SpecDocument;
  readonly kind: DocumentKind | null;
  readonly problems: readonly SpecProblem[];
}

/**
 * Parses and checks the text of all spec files together.
 * @param isIncomplete whether there are files that could not be read at all
 */
export function checkDocuments(
  sources: readonly SpecSource[],
  isIncomplete: boolean,
): CheckedSpecs {
  const files = sources.map((source) => checkSource(source));
  const documents = files.flatMap((file) => file.documents);
  const ofKind = (wanted: DocumentKind): SpecDocument[] =>
    documents.flatMap(({ kind, document }) => (kind === wanted ? document : []));
  const specs: SpecSet = {
    connections: ofKind("Connection"),
    migrations: ofKind("Migration"),
    defaults: ofKind("Defaults"),
    isIncomplete: isIncomplete || files.some((file) => file.isIncomplete),
  };
  const problems = [
    ...files.flatMap((file) => file.problems),
    ...documents.flatMap((document) => document.problems),
    ...SEMANTIC_RULES.flatMap((rule) => rule(specs)),
  ];
  return { specs, problems: problems.toSorted(compareProblems) };
}

function checkSource(source: SpecSource): {
  documents: CheckedDocument[];
  problems: SpecProblem[];
  isIncomplete: boolean;
} {
  const parsed = parseYaml(source);
  const found = parsed.documents.map((document) => findDocumentCredentials(document));
  const documents = parsed.documents.map((document, at) =>
    checkDocument(document, found[at] ?? []),
  );
  const stray = findSourceCredentials(source, parsed.positionOf, found.flat());
  const hasUnknownKind = documents.some(({ kind }) => kind === null);
  return {
    documents,
    problems: [...parsed.problems, ...stray],
    isIncomplete: parsed.isIncomplete || hasUnknownKind,
  };
}

function checkDocument(
  document: SpecDocument,
  credentials: readonly CredentialFinding[],
): CheckedDocument {
  const { kind, problems } = readDocumentKind(document);
  const shape = [...problems, ...(kind === null ? [] : findSchemaProblems(document, kind))];
  const secrets = credentials.map(({ problem }) => problem);
  const secretPaths = new Set(secrets.map(({ path }) => path));
  // What must not be there at all needs no remark about its form.
  const kept = shape.filter(({ code, path }) => code === "missing-key" || !secretPaths.has(path));
  return { document, kind, problems: [...kept, ...secrets] };
}
