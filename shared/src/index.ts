export type { BrowserSession, ResumeOptions, SessionOptions } from './browser-session.ts'
export { ProblemError, saysSessionEnded, unwrap } from './call-failure.ts'
export type { CallFailure } from './call-failure.ts'
export { createBffClient } from './client.ts'
export type {
  BffClient,
  BffClientOptions,
  CallInit,
  CallOptions,
  CallStep,
  EndAllOptions,
  LogoutOptions,
  OutgoingCall,
  RunGrantOptions,
} from './client.ts'
export type { GrantList, GrantRun, GrantView, WithdrawnGrant } from './grants.ts'
export { parseProblem } from './parse-problem.ts'
export type { Patience } from './patiently.ts'
export { problem, problemMediaType, problems } from './problems.ts'
export type { Problem, ProblemCode } from './problems.ts'
export { finishResume } from './resume.ts'
export { err, ok } from './result.ts'
export type { Err, Ok, Result } from './result.ts'
export {
  backgroundHeader,
  csrfHeader,
  grantConnectPath,
  grantPath,
  initiateLoginPath,
  loginParameters,
  loginPath,
  ownerHeader,
  routes,
  tellProblemParameter,
} from './routes.ts'
export type { LoginParameter } from './routes.ts'
export { createSession } from './session.ts'
export { isSignedIn, mayResume } from './session-state.ts'
export type {
  EndedState,
  Expiring,
  SessionEndReason,
  SessionState,
  SignedInState,
} from './session-state.ts'
export { createStepUp } from './step-up.ts'
export type { StepUp, StepUpState } from './step-up.ts'
export { signInProblems } from './sign-in-problems.ts'
export type { SignInProblemCode } from './sign-in-problems.ts'
export type {
  LogoutAnswer,
  LogoutReceipt,
  Revocation,
  SessionList,
  ProviderCheck,
  SessionView,
  SignedInView,
} from './schemas.ts'
