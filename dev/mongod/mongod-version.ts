import { execa } from "execa";

/** Version of a mongod binary, such as `6.0.5`. Throws where the file is missing or doesn't run on this machine. */
export async function readMongodVersion(path: string): Promise<string> {
  const { stdout } = await execa(path, ["--version"], { timeout: 30_000 });
  const version = /^db version v(\d+\.\d+\.\d+)/m.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`${path} --version printed no version`);
  return version;
}

/** First number of a version: 6 for `6.0.5`. */
export function majorVersion(version: string): number {
  return Number.parseInt(version, 10);
}
