import { devNull } from "node:os";

/**
 * Without the user's settings and without variables that name another repository (a hook or an alias sets them), nor what a workflow
 * that this runs in was given.
 */
export function isolateGit(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const rest = Object.entries(env).filter(([name]) => !/^(?:GIT|GITHUB|MONGOFERRY)_/i.test(name));
  return {
    ...Object.fromEntries(rest),
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_NOSYSTEM: "1",
  };
}
