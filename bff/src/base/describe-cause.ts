import { plainCode } from './plain-code.ts'
import { PlainError } from './plain-error.ts'

/**
 * A cause as a log may tell it: the class and the codes of the error and of what caused it, no stack.
 *
 * A message is told only when it is ours. Others quote what they stumbled over: a parser the answer that it read, `fetch` a
 * URL with its password, `Headers` the bearer token that would not go into a header.
 */
export function describeCause(cause: unknown): string {
  const told: string[] = []
  for (let error = cause; error instanceof Error && told.length < 4; error = error.cause) {
    told.push(factsOf(error).join(' '))
  }
  return told.length > 0 ? told.join(' < ') : typeof cause
}

/** Where it happened: the lines of the stack that name a place. The message above them may have lines of its own. */
export function framesOf(error: Error): string {
  const lines = (error.stack ?? '').split('\n')
  return lines.filter((line) => /^ {4}at .{1,300}:\d+:\d+\)?$/.test(line)).join('\n')
}

/** Only what can't be a quotation: each fact has the shape of a name, a code or an address. */
function factsOf(error: Error): string[] {
  if (error instanceof PlainError) return [`${error.name}: ${error.message}`]
  const fields = error as Error & Fields
  const cause = (error.cause ?? {}) as Fields
  return [
    shaped(/^\w{1,60}$/, classOf(error)) ?? 'Error',
    shaped(/^[A-Z][A-Z\d_]{1,63}$/, fields.code),
    ...(typeof fields.errno === 'number' ? systemFacts(fields) : []),
    // SQLite's own name of its error code.
    fields.code === 'ERR_SQLITE_ERROR' ? shaped(/^[\w ]{1,60}$/, fields.errstr) : null,
    typeof fields.error === 'string' ? `(${plainCode(fields.error)})` : null,
    statusOf(fields.status) ?? statusOf(cause.status),
    shaped(/^[a-z_]{1,30}$/, fields.claim ?? cause.claim ?? cause.attribute ?? claimIn(error)),
  ].filter((fact) => fact !== null)
}

/** Many libraries name only the class. */
function classOf({ name, constructor }: Error): string {
  return name === 'Error' ? constructor.name : name
}

/** What libraries hang on their errors. Nothing of it is believed to be what its name says. */
type Fields = Readonly<Partial<Record<FieldName, unknown>>>

type FieldName =
  | 'address'
  | 'attribute'
  | 'claim'
  | 'code'
  | 'errno'
  | 'error'
  | 'errstr'
  | 'hostname'
  | 'port'
  | 'status'
  | 'syscall'

/** What the operating system says: `connect 127.0.0.1:6379`. */
function systemFacts({ syscall, address, hostname, port }: Fields): (string | null)[] {
  const where = shaped(/^[\w.:-]{1,255}$/, address ?? hostname)
  return [
    shaped(/^[a-z]{1,20}$/, syscall),
    where === null ? null : `${where}${typeof port === 'number' ? `:${port}` : ''}`,
  ]
}

/** Of a claim that is missing the library tells only in words. */
function claimIn({ message }: Error): string | undefined {
  return /^(?:unexpected )?JWT "(\w+)"/.exec(message)?.[1]
}

function statusOf(status: unknown): string | null {
  return typeof status === 'number' ? `status ${status}` : null
}

function shaped(shape: RegExp, text: unknown): string | null {
  return typeof text === 'string' && shape.test(text) ? text : null
}
