// Runs what `npm start` and its like run, so that it ends with whoever started it and never goes on behind the prompt.
import { spawn } from "node:child_process";

const parentCheckMilliseconds = 1_000;

/**
 * Starts a script and ends this process as that ends. Signals are passed on and its clean stop is waited for; where the
 * parent (npm) is killed without a word, the script gets SIGTERM.
 */
export function runCommand(script, args, directory) {
  const child = spawn(process.execPath, [script, ...args], { cwd: directory, stdio: "inherit" });
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => child.kill(signal));
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(check);
    child.kill("SIGTERM");
  }, parentCheckMilliseconds);
  child.on("exit", (code, signal) => process.exit(signal === null ? code : 1));
}

if (process.argv[1] === import.meta.filename) runCommand(process.argv[2], process.argv.slice(3), process.cwd());
