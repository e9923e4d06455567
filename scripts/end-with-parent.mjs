// Loaded into a task before it starts: ends it as soon as the process that started it is gone, however that ended. The
// task has a process group of its own, so nothing else would.

// Processes that the task starts load this file, too, but take care of themselves: the mark is for the task alone.
const isTask = process.env.MONGOFERRY_TASK !== undefined;
delete process.env.MONGOFERRY_TASK;

if (isTask) {
  if (!process.connected) process.exit(1);
  process.once("disconnect", () => process.exit(1));
  // The channel must not be what keeps a finished task alive.
  process.channel?.unref();
}
