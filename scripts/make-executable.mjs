// The compiler writes plain files; npm makes the command executable only when it installs it.
import { chmodSync } from "node:fs";

chmodSync(new URL("../dist/bin.js", import.meta.url), 0o755);
