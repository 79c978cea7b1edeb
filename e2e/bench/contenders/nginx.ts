import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '../machine/programs.ts'
import type { Contender, Place } from './contender.ts'

/** The speed of the bare machine: a proxy in C that adds a fixed token and drops the cookie. */
export const nginx: Contender = {
  name: 'nginx',
  about: 'a fixed token put in, the cookie dropped, no session',
  signsIn: false,
  missing: () => (findProgram('nginx') ? null : 'nginx is not installed'),
  start(place) {
    const file = join(place.folder, 'nginx.conf')
    writeFileSync(file, configuration(place))
    return {
      command: findProgram('nginx') ?? 'nginx',
      args: ['-p', place.folder, '-e', 'stderr', '-c', file],
    }
  },
}

/** One process, so that its CPU time is all there is and it can't outlive us. */
function configuration({ bearer, folder, port, upstreamUrl }: Place): string {
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 20000; }
http {
  access_log off;
  large_client_header_buffers 4 32k;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 100000000;
  upstream api { server ${new URL(upstreamUrl).host}; keepalive 64; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    location = /healthz { return 200 'ok'; }
    location /api/ {
      proxy_pass http://api/;
      proxy_http_version 1.1;
      proxy_set_header Connection '';
      proxy_set_header Cookie '';
      proxy_set_header Authorization 'Bearer ${bearer}';
      proxy_buffering off;
      proxy_request_buffering off;
      client_max_body_size 0;
    }
  }
}
`
}
