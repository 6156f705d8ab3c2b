/** The origin of an HTTP server, as addresses show it: IPv6 in brackets. */
export function httpOrigin(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
