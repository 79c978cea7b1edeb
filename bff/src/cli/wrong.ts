/** Tells what is wrong with a command line, and where the right one stands. @returns the exit code */
export function wrong(text: string, command: string): number {
  process.stderr.write(
    `${text.replace(/[^.?]$/, '$&.')}\nstrongroom help ${command} tells what there is.\n`,
  )
  return 2
}
