/** What holds where neither a migration nor the Defaults say anything; a test compares it with the JSON Schema. */
export const DEFAULT_VALUES = {
  desiredState: "running",
  metadataDatabase: "mongoferry",
  verification: "documents",
  journal: "auto",
  workers: 4,
  bufferMiB: 96,
  adaptive: true,
  readFrom: "primary",
  windows: [],
  copy: true,
  onExisting: "refuse",
  port: 27017,
  authDatabase: "admin",
  connectSeconds: 10,
  serverSelectionSeconds: 30,
} as const;
