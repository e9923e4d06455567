// Loaded into a task before it starts: ends it as soon as the process that started it is gone, however that ended. The
// task has a process group of its own, so nothing else would.
process.once("disconnect", () => process.exit(1));
// The channel must not be what keeps a finished task alive.
process.channel?.unref();
