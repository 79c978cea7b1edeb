/**
 * Advisories that are known and do no harm here, each with the reason and the day on which to look again.
 *
 * @type {readonly import('./judge-audit.mjs').Exception[]}
 */
export const auditExceptions = []
