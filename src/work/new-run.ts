/** What to do where a run cannot be gone on with. What it has copied is not dropped by itself: it may be in use. */
export const NEW_RUN =
  "set desiredState: stopped and apply; drop the copies at the destination; then set running again: a new run copies everything anew and follows it";
