import type {
  CollectionSelection,
  Connection,
  Migration,
  ObjectSelection,
} from "../model/migration.ts";
import type { CostRates } from "../model/costs.ts";
import type { CutoverSettings } from "../model/cutover.ts";
import type { VerificationMode, VerificationSettings } from "../model/verification.ts";
import { DEFAULT_VALUES } from "./default-values.ts";
import { normalizeLimits } from "./normalize-limits.ts";
import type {
  Costs as CostsSpec,
  Cutover as CutoverSpec,
  DefaultsSpec,
  MigrationDocument,
  CollectionSelection as WrittenCollection,
  ObjectSelection as WrittenSelection,
  Verification,
} from "./schema-types.ts";
import { formatPlace, type SpecDocument } from "./spec-document.ts";

const MINUTE_MS = 60_000;

/** Fills in a valid Migration document: what it says, else what the Defaults say, else the built-in value. */
export function normalizeMigration(
  document: SpecDocument,
  ends: { readonly source: Connection; readonly destination: Connection },
  defaults: DefaultsSpec,
): Migration {
  const { metadata, spec } = document.value as MigrationDocument;
  return {
    name: metadata.name,
    title: spec.title ?? metadata.name,
    place: formatPlace(document),
    file: document.absoluteFile,
    desiredState: spec.desiredState ?? DEFAULT_VALUES.desiredState,
    mode: spec.mode,
    source: ends.source,
    destination: ends.destination,
    objects: (spec.objects ?? []).map((selection) => normalizeSelection(selection)),
    reverse: null,
    metadataDatabase:
      spec.metadataDatabase ?? defaults.metadataDatabase ?? DEFAULT_VALUES.metadataDatabase,
    limits: normalizeLimits({ ...defaults.limits, ...spec.limits }),
    verification: normalizeVerification(defaults.verification, spec.verification),
    journal: spec.journal ?? DEFAULT_VALUES.journal,
    cutover: normalizeCutover({ ...DEFAULT_VALUES, ...defaults.cutover, ...spec.cutover }),
    costs: normalizeCosts({ ...defaults.costs, ...spec.costs }),
    git: {
      stateBranch: defaults.state?.branch ?? null,
      commits: defaults.state?.commits ?? DEFAULT_VALUES.commits,
    },
  };
}

function normalizeCosts({ egressPerGigabyte, perHour, currency }: CostsSpec): CostRates {
  return {
    egressPerGigabyte: egressPerGigabyte ?? null,
    perHour: perHour ?? null,
    currency: currency ?? DEFAULT_VALUES.currency,
  };
}

function normalizeCutover(settings: Required<CutoverSpec>): CutoverSettings {
  const { quietSeconds, maxLagSeconds, waitMinutes, blockSourceWrites } = settings;
  return {
    quietMs: quietSeconds * 1_000,
    maxLagMs: maxLagSeconds * 1_000,
    waitMs: waitMinutes * 60_000,
    blockSourceWrites,
  };
}

function normalizeVerification(
  ...written: readonly (Verification | undefined)[]
): VerificationSettings {
  const {
    mode = DEFAULT_VALUES.verification,
    when = DEFAULT_VALUES.when,
    sampleDocuments = DEFAULT_VALUES.sampleDocuments,
    pauseMinutes = DEFAULT_VALUES.pauseMinutes,
  } = Object.assign({}, ...written.map(toSettings)) as Partial<WrittenVerification>;
  return { mode, when, sampleDocuments, pauseMs: pauseMinutes * MINUTE_MS };
}

type WrittenVerification = Exclude<Verification, string>;

/** The mode alone stands for itself; the schema has let no other text pass. */
function toSettings(written: Verification | undefined): WrittenVerification {
  if (typeof written !== "string") return written ?? {};
  return { mode: written as VerificationMode };
}

function normalizeSelection(selection: WrittenSelection): ObjectSelection {
  return {
    database: selection.database,
    as: selection.as ?? null,
    collections: selection.collections?.map((entry) => normalizeCollection(entry)) ?? null,
    functions: selection.functions ?? selection.collections === undefined,
    exclude: selection.exclude ?? [],
  };
}

function normalizeCollection(entry: WrittenCollection): CollectionSelection {
  if (typeof entry === "string") {
    return { name: entry, as: null, onExisting: DEFAULT_VALUES.onExisting, filter: null };
  }
  const { name, as = null, onExisting = DEFAULT_VALUES.onExisting, filter = null } = entry;
  return { name, as, onExisting, filter };
}
