import type { Telemetry } from '../observability/telemetry.ts'

/** The findings are the output: nothing is logged beside them. */
export const silentTelemetry: Telemetry = { record: () => {} }
