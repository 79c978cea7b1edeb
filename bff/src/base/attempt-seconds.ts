/** How long one sign-in attempt may take, from the redirect to the provider until the browser comes back. */
export const attemptSeconds = 600
