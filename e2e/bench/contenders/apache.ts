import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '../machine/programs.ts'
import type { Contender, Place } from './contender.ts'

const modulesFolders = ['/usr/lib/apache2/modules', '/usr/lib64/httpd/modules']

const modules = [
  'mpm_event',
  'authn_core',
  'authz_core',
  'authz_user',
  'headers',
  'proxy',
  'proxy_http',
  'auth_openidc',
]

/** mod_auth_openidc, its sessions kept in shared memory. */
export const apache: Contender = {
  name: 'apache',
  about: 'mod_auth_openidc, sessions in its server cache',
  signsIn: true,
  missing() {
    if (!findProgram('apache2', 'httpd')) return 'Apache is not installed'
    return openidcFolder() ? null : 'mod_auth_openidc is not installed'
  },
  start(place) {
    const file = join(place.folder, 'apache.conf')
    mkdirSync(join(place.folder, 'pages'))
    writeFileSync(join(place.folder, 'pages/healthz'), 'ok')
    writeFileSync(file, configuration(place, openidcFolder() ?? ''))
    // -X: one process, so that it can't outlive us.
    return { command: findProgram('apache2', 'httpd') ?? 'httpd', args: ['-X', '-f', file] }
  },
}

function openidcFolder(): string | undefined {
  return modulesFolders.find((folder) => existsSync(join(folder, 'mod_auth_openidc.so')))
}

function configuration(place: Place, folder: string): string {
  const { client, issuer, port, publicUrl, secret, upstreamUrl } = place
  const built = modules.filter((name) => existsSync(join(folder, `mod_${name}.so`)))
  return `
${built.map((name) => `LoadModule ${name}_module ${folder}/mod_${name}.so`).join('\n')}
ServerName localhost
ServerRoot ${place.folder}
DefaultRuntimeDir ${place.folder}
DocumentRoot ${place.folder}/pages
PidFile ${place.folder}/apache.pid
ErrorLog ${place.folder}/error.log
Listen 127.0.0.1:${port}
LimitRequestFieldSize 32768
MaxKeepAliveRequests 0
KeepAliveTimeout 60
ThreadsPerChild 64
MaxRequestWorkers 64
StartServers 1

OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCClientID ${client.id}
OIDCClientSecret ${client.secret}
OIDCProviderTokenEndpointAuth client_secret_post
OIDCResponseType code
OIDCPKCEMethod S256
OIDCScope "openid profile email offline_access notes"
OIDCRedirectURI ${publicUrl}/auth/callback
OIDCCryptoPassphrase ${secret}
OIDCSessionType server-cache
OIDCCacheType shm
OIDCCacheShmEntrySizeMax 66560
OIDCRefreshAccessTokenBeforeExpiry 1
OIDCPassClaimsAs environment
OIDCSessionInactivityTimeout 28800

<Location /auth>
  AuthType openid-connect
  Require valid-user
</Location>
<Location /api>
  AuthType openid-connect
  Require valid-user
  RequestHeader set Authorization "Bearer %{OIDC_access_token}e"
  RequestHeader unset Cookie
</Location>
ProxyPass /api/ ${upstreamUrl}/ keepalive=On disablereuse=Off
`
}
