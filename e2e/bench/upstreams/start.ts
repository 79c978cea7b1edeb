import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../servers/ports.ts'
import { launch, loadCore, type Launched } from '../machine/launch.ts'
import { findProgram } from '../machine/programs.ts'
import { untilAnswers } from '../world/until-answers.ts'
import { cannedBody } from './canned-body.ts'

export interface RunningUpstream {
  readonly url: string
  readonly about: string
  stop(): Promise<void>
}

/** The API of the short calls: nginx where it is installed, else a server of our own. */
export function startCannedUpstream(folder: string): Promise<RunningUpstream> {
  const nginx = findProgram('nginx')
  return nginx ? startNginx(nginx, folder) : startOurs('canned.ts', 'node:net')
}

export function startStreamingUpstream(): Promise<RunningUpstream> {
  return startOurs('streaming-api.ts', 'node:http')
}

async function startOurs(file: string, about: string): Promise<RunningUpstream> {
  const program = fileURLToPath(new URL(file, import.meta.url))
  const port = await freePort()
  const env = { PORT: String(port) }
  const upstream = launch({ command: process.execPath, args: [program], core: loadCore, env })
  return answering(upstream, port, about)
}

async function startNginx(command: string, folder: string): Promise<RunningUpstream> {
  const port = await freePort()
  const file = join(folder, 'upstream.conf')
  writeFileSync(file, configuration(port, folder))
  const args = ['-p', folder, '-e', 'stderr', '-c', file]
  return answering(launch({ command, args, core: loadCore }), port, 'nginx')
}

async function answering(
  upstream: Launched,
  port: number,
  about: string,
): Promise<RunningUpstream> {
  await untilAnswers(upstream, { port, path: '/', status: 401 })
  return { url: `http://127.0.0.1:${port}`, about, stop: () => upstream.stop() }
}

function configuration(port: number, folder: string): string {
  return `
daemon off;
master_process off;
pid ${folder}/upstream.pid;
error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off;
  large_client_header_buffers 4 32k;
  client_body_temp_path ${folder}/upstream-body;
  proxy_temp_path ${folder}/upstream-proxy;
  fastcgi_temp_path ${folder}/upstream-fastcgi;
  uwsgi_temp_path ${folder}/upstream-uwsgi;
  scgi_temp_path ${folder}/upstream-scgi;
  keepalive_requests 100000000;
  keepalive_timeout 600s;
  server {
    listen 127.0.0.1:${port};
    default_type application/json;
    location / {
      if ($http_authorization !~* '^bearer ') { return 401; }
      return 200 '${cannedBody}';
    }
  }
}
`
}
