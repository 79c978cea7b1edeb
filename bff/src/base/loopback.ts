/** No I/O. */

/** Whether a name or an address, without its port, means this machine itself. IPv6 with brackets, as URLs have it, or without. */
export function isLoopbackHost(host: string): boolean {
  return /^(([\w.-]+\.)?localhost|(::ffff:)?127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host)
}
