/** Tells the result of a step to the benchmark that started it; on a terminal, prints it. */
export function said<T extends object>(result: T): void {
  if (process.send) process.send(result);
  else process.stdout.write(`${JSON.stringify(result)}\n`);
}
