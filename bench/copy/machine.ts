import { availableParallelism, cpus, totalmem } from "node:os";

/** The shape of the machine, without anything that identifies it. */
export interface Machine {
  /** Cores this process and the servers may use. */
  readonly cores: number;
  readonly memoryBytes: number;
  readonly cpuModel: string;
  readonly platform: string;
  readonly node: string;
}

export function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    cpuModel: cpus()[0]?.model.trim() ?? "unknown",
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
  };
}
