export { createBffClient } from './client.ts'
export type {
  BffClient,
  BffClientOptions,
  CallFailure,
  CallOptions,
  EndAllOptions,
  LogoutOptions,
  RunGrantOptions,
} from './client.ts'
export { grantRunSchema } from './grant-run.ts'
export type { GrantRun } from './grant-run.ts'
export { grantConnectPath, grantListSchema, grantPath, withdrawnGrantSchema } from './grants.ts'
export type { GrantList, GrantView, WithdrawnGrant } from './grants.ts'
export { parseProblem, problem, problemMediaType, problems } from './problems.ts'
export type { Problem, ProblemCode } from './problems.ts'
export { err, ok } from './result.ts'
export type { Err, Ok, Result } from './result.ts'
export { backgroundHeader, csrfHeader, loginParameters, loginPath, routes } from './routes.ts'
export type { LoginParameter } from './routes.ts'
export { logoutAnswerSchema, sessionListSchema, sessionViewSchema } from './schemas.ts'
export { signInProblems } from './sign-in-problems.ts'
export type { SignInProblemCode } from './sign-in-problems.ts'
export type {
  LogoutAnswer,
  LogoutReceipt,
  Revocation,
  SessionList,
  SessionView,
  SignedInView,
} from './schemas.ts'
