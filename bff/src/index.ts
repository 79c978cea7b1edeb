export { createBff, type Bff } from './create-bff.ts'
export { listen, type Listener, type ListenOptions } from './listen.ts'
export type { ServerLimits } from './server.ts'
export type { StopTimes } from './stop.ts'
export { prometheusTelemetry, type MetricsTelemetry } from './observability/prometheus.ts'
export type { Event } from './observability/events.ts'
export type { Telemetry } from './observability/telemetry.ts'
export { InvalidOptions } from './options/invalid-options.ts'
export type { Fault } from './options/fault.ts'
export { defineConfig, type Config } from './options/config.ts'
export type {
  BffOptions,
  GrantOptions,
  ProviderOptions,
  SessionOptions,
  UpstreamOptions,
} from './options/options.ts'
export { defineJob, type JobRunnerOptions } from './options/job-options.ts'
export { ApiRefusal, expectOk, JobCallError, RetryLater } from './jobs/job-errors.ts'
export type { JobCall, JobCallInit, JobOptions, JobRun, JobSchedule } from './jobs/job.ts'
export type { Agenda, AgendaPage, Journal, KeyValue, Store, Told } from './keyvalue/store.ts'
export type { SecretSource } from './base/key-ring.ts'
export type { CredentialSource, CredentialTexts } from './options/watched-credentials.ts'
export type { Clock } from './base/clock.ts'
