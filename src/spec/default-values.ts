/** What holds where neither a migration nor the Defaults say anything; a test compares it with the JSON Schema. */
export const DEFAULT_VALUES = {
  desiredState: "running",
  metadataDatabase: "mongoferry",
  verification: "full",
  when: "end",
  sampleDocuments: 1_000,
  pauseMinutes: 60,
  journal: "auto",
  workers: 4,
  bufferMiB: 96,
  onExisting: "refuse",
  port: 27017,
  authDatabase: "admin",
  connectSeconds: 10,
  serverSelectionSeconds: 30,
} as const;
