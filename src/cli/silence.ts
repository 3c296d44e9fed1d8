/**
 * What libraries print by themselves (decoders through `console`, warnings of Node) does not reach the user, whose stderr holds our lines
 * only: what went wrong is thrown, and told by us. `--debug` shows it.
 */
export function silenceLibraries(): void {
  if (process.argv.includes("--debug")) return;
  for (const name of ["log", "info", "debug", "warn", "error", "trace"] as const) console[name] = () => undefined;
  process.removeAllListeners("warning");
  process.on("warning", () => undefined);
}
