import { problems, signInProblems } from '@strongroom/client'
import { events, type EventGroup, type EventKind } from '../../bff/src/observability/events.ts'
import type { Field as EventField } from '../../bff/src/observability/event-fields.ts'
import type { Check } from '../../bff/src/doctor/check.ts'
import { frontTells } from '../../bff/src/doctor/check-front.ts'
import { signInTells } from '../../bff/src/doctor/check-sign-in.ts'
import { checks } from '../../bff/src/doctor/checks.ts'
import { settingsTells } from '../../bff/src/doctor/read-settings.ts'
import { metrics, type Metric } from '../../bff/src/observability/metrics.ts'
import { optionFields, type OptionField } from '../../bff/src/options/check-config.ts'
import { environment } from '../../bff/src/options/environment.ts'
import { presets } from '../../bff/src/options/presets/presets.ts'
import { grantFields } from '../../bff/src/options/grant-fields.ts'
import {
  accessTokenFields,
  clientTokenFields,
  upstreamFields,
} from '../../bff/src/options/upstream-fields.ts'
import { grafanaDashboard } from './dashboard.ts'

/** The pages of `docs/` that are made from the code, by their path. `npm run docs` writes them; a test compares. */
export function generatedPages(): Readonly<Record<string, string>> {
  return {
    'docs/configuration.md': configurationPage(),
    'docs/deploy/grafana-dashboard.json': grafanaDashboard(),
    'docs/events.md': eventsPage(),
    'docs/doctor.md': doctorPage(),
    'docs/metrics.md': metricsPage(),
    'docs/problems.md': problemsPage(),
    'docs/providers/README.md': providersPage(),
  }
}

function configurationPage(): string {
  const rows = Object.entries(environment).map(
    ([name, { default: value, meaning }]) =>
      `| \`${name}\` | ${value === undefined || value === '' ? '–' : `\`${value}\``} | ${meaning} |`,
  )
  return page(
    'Configuration',
    `The environment of \`npm run serve\` (what [\`.env\`](#env) says is added to it), and beside it [a file](#the-file) for what does not fit into variables. Four variables have no default and must be set: \`OIDC_ISSUER\`
(but for a provider of which there is one), \`OIDC_CLIENT_ID\`, \`API_UPSTREAM\` and \`SESSION_SECRET\` (or \`SESSION_SECRET_FILE\`); and with them [what proves who this client is](client-authentication.md): \`OIDC_CLIENT_SECRET\`,
or \`OIDC_CLIENT_KEY\` (or \`OIDC_CLIENT_KEY_FILE\`), or a certificate. What the file says need not be set. Wrong or missing settings end the program with
exit code 2 before it listens, and one message lists every fault with its cure. No value is repeated in it.`,
    ['| name | default | meaning |', '| --- | --- | --- |', ...rows],
    `${environmentFileSection}\n\n${fileSection()}`,
  )
}

const environmentFileSection = `## \`.env\`

Every command reads \`.env\` in the folder that it is started in, if there is one, and adds to the environment what it says; \`npx strongroom init\` writes one. What
the environment says already wins, and empty is unset. \`strongroom.config.ts\` finds it in \`process.env\`, too (inside Vite it does not). It is read once, at the start. Node's own settings (\`NODE_OPTIONS\`,
\`NODE_EXTRA_CA_CERTS\`) come too late from there. Let nobody else read it (\`chmod 600\`), and keep it out of git.`

function optionTable(): string {
  const variables = Object.entries(environment)
  const rows = listed(optionFields).map(([name, { default: value, meaning }]) => {
    const [variable] = variables.find(([, { option }]) => option === name) ?? []
    if (variable !== undefined) return `| \`${name}\` | – | ${meaning ?? `As \`${variable}\`.`} |`
    if (meaning === undefined) throw new Error(`nothing is said of ${name}`)
    return `| \`${name}\` | ${value ?? '–'} | ${meaning} |`
  })
  return ['| option | default | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}

/** Those within others by their whole name. */
function listed(
  fields: Readonly<Record<string, OptionField>>,
  prefix = '',
): readonly (readonly [string, OptionField])[] {
  return Object.entries(fields).flatMap(([name, field]) =>
    field.fields
      ? listed(field.fields, `${prefix}${name}.`)
      : [[`${prefix}${name}`, field] as const],
  )
}

interface Field {
  readonly default?: string
  readonly meaning: string
}

function fieldTable(fields: Readonly<Record<string, Field>>): string {
  const rows = Object.entries(fields).map(
    ([name, { default: value, meaning }]) => `| \`${name}\` | ${value ?? '–'} | ${meaning} |`,
  )
  return ['| field | default | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}

function fileSection(): string {
  return `## The file

\`strongroom.config.ts\` (or \`.mts\`, \`.js\`, \`.mjs\`) in the folder that the server is started in may say whatever [\`createBff\`](library.md) takes: [every option](#every-option), the upstream table above all. What the environment says wins over it. \`API_UPSTREAM\` replaces the target
of the row \`/api\`, or adds that row. A wrong value or a name that nobody knows ends the program like a wrong variable, told as
\`strongroom.config.ts upstreams[1].target\`. Keep secrets out of it: it is a program, and belongs beside the code.

\`\`\`ts
import { defineConfig } from 'strongroom'

export default defineConfig({
  upstreams: [
    { prefix: '/api', target: 'https://api.example.com/v1' },
    {
      prefix: '/api/files',
      target: 'https://files.example.com',
      accessToken: { by: 'exchange', audience: 'files', scopes: ['files:read'] },
    },
    { prefix: '/api/news', target: 'https://news.example.com', methods: ['GET'], token: 'none' },
  ],
})
\`\`\`

### Every option

${optionTable()}

### A row of \`upstreams\`

What no row names is 404, and a method that the longest row does not name is 405: neither goes anywhere.

${fieldTable(upstreamFields)}

### A row's \`accessToken\`

At least one of \`resource\`, \`audience\` and \`scopes\` says what the token is for. [How such tokens are had and
kept](flows.md#a-token-for-one-api-alone).

${fieldTable(accessTokenFields)}

### A row's \`clientToken\`

With \`token: 'client'\`, what the app's own token is asked for: [tokens of the app's own](dpop.md#tokens-of-the-apps-own).

${fieldTable(clientTokenFields)}

### \`grants\`

What the app may ask a user for so that it can act while they are away, by name: small letters, digits and hyphens. [How a user connects one, and what becomes of
it](flows.md#9-a-consent-for-later). They need a store that outlives a restart: \`memory:\` is refused.

\`\`\`ts
grants: {
  'nightly-digest': {
    title: 'Nightly digest',
    sentence: 'Reads your notes each night and writes a digest of them.',
    scopes: ['notes'],
    longestSeconds: 90 * 86_400,
  },
}
\`\`\`

${fieldTable(grantFields)}

### \`jobs\` and \`jobRunner\`

A list of what is done with the grants, each made by \`defineJob\`: [the guide](jobs.md). \`jobRunner.where\` is \`JOBS_RUN\`;
\`jobRunner.tokenRequestsPerSecond\` (\`10\`; \`0\` for no limit) is how many times a second jobs may ask the provider for a token, over all instances that share the store.

`
}

const eventGroups: Readonly<Record<EventGroup, string>> = {
  'sign-in': 'Sign-ins',
  session: 'Sessions and their tokens',
  'sign-out': 'Sign-outs',
  refusal: 'What was refused',
  key: 'Keys',
  grant: 'Grants',
  job: 'Jobs',
  part: 'The parts around it',
  process: 'The process',
}

function eventsPage(): string {
  const kinds = Object.entries<EventKind>(events)
  const sections = Object.entries(eventGroups).map(([group, title]) => {
    const rows = kinds
      .filter(([, kind]) => kind.group === group)
      .map(([name, kind]) => `| \`${name}\` | ${kind.level} | ${kind.says} | ${fieldsOf(kind)} |`)
    return [
      `## ${title}`,
      '',
      '| event | level | what happened | fields |',
      '| --- | --- | --- | --- |',
      ...rows,
      '',
    ].join('\n')
  })
  return `# Events

Everything that is ever logged: a line of JSON each, with \`name\` and the fields below, \`level\` (pino's: 20 debug, 30 info, 40 warn, 50 error) and \`time\`. A line that a request caused has its \`requestId\`
and \`traceId\` as well ([how to read them](observability.md)). The security events are all but those of the last two sections. No field holds a token, a code, a cookie or a secret: a
token does not fit into any by its type, and every event that any test causes is read for one.

Of the fields, a *name* is what somebody or something is called, a *code* one short word, a *text* our own words or an error's class and codes, never its message.

${sections.join('\n')}
<!-- Made from the code by \`npm run docs\`. -->
`
}

function fieldsOf({ fields }: EventKind): string {
  const told = Object.entries(fields).map(
    ([name, field]) => `\`${name}\` (${kindOf(field)}): ${field.says}`,
  )
  return told.join('; ') || '–'
}

function kindOf({ kind, choices, orNull }: EventField): string {
  const is = choices?.map((choice) => `\`${choice}\``).join(', ') ?? kind
  return orNull ? `${is} or null` : is
}

function doctorPage(): string {
  const rowsOf = (title: string, tells: Check['tells']) =>
    Object.entries(tells).map(([id, meaning]) => `| ${title} | \`${id}\` | ${meaning} |`)
  return page(
    'Doctor',
    `\`strongroom doctor\` looks at everything that can go wrong around the server, with the settings that \`strongroom serve\` would use, and names the cure of
what it finds. Run it where the server runs: as its user, in its container, with its environment.

\`\`\`
Discovery
  ✗ fault    OIDC_ISSUER lacks the slash that the provider’s issuer has at its end.
             → Set OIDC_ISSUER=https://app.eu.auth0.com/
\`\`\`

A \`fault\` keeps somebody out or breaks a promise; a \`warning\` works, and may not for ever or not for all; a \`note\` says what is so, or what can't be found
out from here. The exit code is 0 without a fault, 1 with one, 2 where a setting or the command line is wrong.

With \`--json\` it prints one object a line: \`id\`, \`level\` (\`ok\`, \`note\`, \`warning\`, \`fault\`), \`text\` and, where there is something to do, \`cure\`. The ids
below are stable, the texts are not; a check that itself breaks down is told as \`doctor\`. No secret is in the output, whichever it is.

**What it asks others.** The provider gets its discovery document and keys asked for, one token request with a code that is none, one authorization request with
\`prompt=none\` and one request to its end-session endpoint, all without a user. If it refuses the client, up to four more token requests say the secret in the
ways in which it is often misread; a provider that counts failures counts these. The store gets one value that is taken away again, each API one \`HEAD\`
without a token. Nothing follows a redirect.

**With \`--url https://app.example.com\`** it asks the running server, too, through the proxy before it.

**With \`--sign-in\`** it prints a link to sign in with. Where \`PUBLIC_URL\` is on this machine it takes the server's place at the callback for that long, so stop
the server; elsewhere it asks for the address at which the browser ended. Two refreshes then tell about rotation, a third one with a spent token about reuse,
and all tokens are revoked at the end.`,
    [
      '| where | id | what it looks at |',
      '| --- | --- | --- |',
      ...rowsOf('Settings', settingsTells),
      ...checks.flatMap(({ title, tells }) => rowsOf(title, tells)),
      ...rowsOf('`--url`', frontTells),
      ...rowsOf('`--sign-in`', signInTells),
    ],
  )
}

const standIn = `Each recipe was tested against a stand-in that has the provider's habits as they are documented or reported, not against the hosted
service: the whole path of [whole-path.test.ts](../../bff/src/options/presets/whole-path.test.ts), with all of its habits at once. Where the service has changed since, its own
documentation is right.`

function providersPage(): string {
  const all = Object.entries(presets)
  const has = all.map(
    ([name, { title, page: recipe, has: it }]) =>
      `| [${title}](${recipe}) | \`${name}\` | ${it.endSession} | ${it.revocation} | ${it.logoutNotice} | ${it.rotation} |`,
  )
  const lines = all.flatMap(([name, { settings }]) =>
    Object.entries(settings).map(
      ([option, { value, why, source }]) =>
        `| \`${name}\` | \`${option}\` | \`${typeof value === 'string' ? value : JSON.stringify(value)}\` | ${why} | [source](${source}) |`,
    ),
  )
  return page(
    'Providers',
    `Any OpenID provider works without a word about it as long as it keeps to the standards. \`OIDC_PROVIDER=<preset>\`, or
\`provider: { preset: '<preset>' }\` in [the file](../configuration.md#the-file), says what follows from who it is. What you set yourself wins; authorization
parameters are added one by one, and an empty one (\`prompt=\`) takes one away. A preset also tells an issuer that can't be the provider's, with the cure.

${standIn}`,
    [
      '| provider | preset | end-session endpoint | revocation | tells of sign-outs there | new refresh tokens |',
      '| --- | --- | --- | --- | --- | --- |',
      ...has,
    ],
    `## What each preset sets

| preset | option of \`provider\` | value | why | |
| --- | --- | --- | --- | --- |
${lines.join('\n')}

\`authentik\` sets nothing: what is of use there is that it tells a wrong issuer.

## What needs no setting

| a provider that … | what comes of it |
| --- | --- |
| has no end-session endpoint | A sign-out ends in the app. The receipt says so: \`"providerSession": "unsupported"\`. The session at the provider goes on, so the next sign-in may ask for nothing; \`/auth/login?prompt=login\` asks all the same. |
| has no revocation endpoint, or one for refresh tokens alone | The session is over here, copies of its cookie included. The receipt says until when the access token lives. |
| gives no new refresh token, or lets the old one live | The old one stays in use. |
| gives no refresh token at all | The session ends with its access token. |
| gives no ID token at a refresh, or no name in it | The one from before stays. What is missing at sign-in is fetched from userinfo, if there is one. |
| says nothing of the scope | It is the one that was asked for (RFC 6749 §5.1). |
| sends \`expires_in\` as a text, or not at all | It is read as a number; left out, it is five minutes. |
| refuses a refresh token with a 400 and nothing in it | It is asked once more before the session ends. |
| gives opaque access tokens | Nobody here reads them. If your API does, see its recipe. |
| has endpoints at other origins, an issuer with a path, or one with a slash at its end | Everything is taken from the discovery document, and the issuer to the letter. |
| has its discovery document elsewhere | \`OIDC_DISCOVERY_URL\`; the issuer in it must still be \`OIDC_ISSUER\`. |
| reads the header of \`client_secret_basic\` without decoding it | \`OIDC_CLIENT_AUTH=client_secret_post\`, which is what is used where it is offered, else \`client_secret_basic_raw\`. |
| sends logout tokens without \`exp\` | They are refused, unless \`provider.acceptLogoutTokensWithoutExpiry\` is set in the file. |

Each is a switch of the stand-in, and [habits.test.ts](../../bff/src/provider/habits.test.ts) walks the whole path with it.

`,
  )
}

function metricsPage(): string {
  const rows = Object.entries<Metric>(metrics).map(([name, { type, help, labels, from }]) => {
    const told = Object.entries(labels).map(([label, meaning]) => `\`${label}\`: ${meaning}`)
    const signals = Object.keys(from).map((signal) => (signal in events ? `\`${signal}\`` : '–'))
    return `| \`${name}\` | ${type} | ${help} | ${told.join('; ') || '–'} | ${signals.join(', ')} |`
  })
  return page(
    'Metrics',
    `With \`OPS_PORT\` set, a second listener serves them at \`/metrics\` as Prometheus reads them, on \`127.0.0.1\` unless \`OPS_HOST\` says
otherwise; it asks nobody who they are. Most count the [events](events.md) of the log, so a line of the log and a step of a counter are the same thing, whatever
\`LOG_LEVEL\` is; those without an event are measured, and only where \`OPS_PORT\` is set. No label holds anything of a user's, and none has more than 200 series: what comes
beyond is counted as \`other\`. The process's own metrics (\`process_…\`, \`nodejs_…\`) are there, too. Each instance
counts for itself: sum them. Workers of one instance are summed already, those that died left out, and of the primary itself nothing is told. Where Strongroom is built in, \`prometheusTelemetry()\` is the \`telemetry\` that counts.
A histogram has \`_bucket\`, \`_sum\` and \`_count\` behind its name. [A dashboard and alerts](observability.md#dashboard) are made of them.`,
    [
      '| name | type | what it counts | labels | events |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
    ],
  )
}

function problemsPage(): string {
  const rows = Object.entries(problems).map(
    ([code, { status, title, remedy }]) => `| \`${code}\` | ${status} | ${title} | ${remedy} |`,
  )
  return page(
    'Problems',
    `What Strongroom itself answers when it can't do what was asked: \`application/problem+json\` (RFC 9457) with \`type\`, \`status\`,
\`title\`, sometimes \`detail\`, a stable \`code\`, and \`requestId\`, which the log has too; what is refused before there is a request to speak of,
such as a head that can't be read, has none. A 401 carries \`login\`, the path to navigate to, and \`session_ended\` a \`reason\`, one of those that [the event stream](flows.md#8-what-an-open-page-hears) has. What your API answers passes through untouched and is not
in this list.`,
    ['| code | status | title | what the page should do |', '| --- | --- | --- | --- |', ...rows],
    signInSection(),
  )
}

function signInSection(): string {
  const rows = Object.entries(signInProblems).map(
    ([code, { title, remedy }]) => `| \`${code}\` | ${title} | ${remedy} |`,
  )
  return `## Sign-ins that fail

A person is on the way then, so the answer is a page of Strongroom's own. An app that would rather show it itself says where
with \`signInFailedPath\` in \`strongroom.config.ts\`: the browser is sent there with \`?problem=<code>&return_to=<path>&request_id=<id>\`.
Offer a link to \`/auth/login?return_to=…\` there; a page that goes there by itself might go round for ever.

| code | what happened | what the page should do |
| --- | --- | --- |
${rows.join('\n')}

`
}

function page(title: string, introduction: string, table: readonly string[], more = ''): string {
  return `# ${title}\n\n${introduction}\n\n${table.join('\n')}\n\n${more}<!-- Made from the code by \`npm run docs\`. -->\n`
}
