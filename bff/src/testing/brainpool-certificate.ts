import type { Issued } from './certificates.ts'

/** On a curve that OpenSSL knows and no JWK does, good until 2120. Its key proves nobody but tests. */
export const brainpoolCertificate: Issued = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBEjCBuQIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwIBcN
MjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMMCTEyNy4w
LjAuMTBaMBQGByqGSM49AgEGCSskAwMCCAEBBwNCAAQf98rMbkwgCJVlfMBHcggE
p6odtYGiH7jXhb0iI3pA16H6onz69984FtbwookcCsTsa2UkFWfO5pxdrsYuK5BO
MAoGCCqGSM49BAMCA0gAMEUCIHR8AjA47ync9w5iN/+4lQBKW3WAbjudCKOFF41b
ojnqAiEAhNqnrvzG6cGyVd8Y7ic4JhNxi0hOfeYbmeVNpXxXI8U=
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGIAgEAMBQGByqGSM49AgEGCSskAwMCCAEBBwRtMGsCAQEEIAtCbgRpo8jwPEyO
vs54HYinFu4ivOrZX2hFh6WicosaoUQDQgAEH/fKzG5MIAiVZXzAR3IIBKeqHbWB
oh+414W9IiN6QNeh+qJ8+vffOBbW8KKJHArE7GtlJBVnzuacXa7GLiuQTg==
-----END PRIVATE KEY-----
`,
}
