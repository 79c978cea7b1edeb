import type { Configuration } from 'oidc-provider'

/** Access tokens that are for userinfo, as of a provider whose API is its own, and no introspection. */
export function userinfoAlone(configuration: Configuration): Configuration {
  return {
    ...configuration,
    claims: { ...configuration.claims, profile: ['name', 'preferred_username'] },
    features: {
      ...configuration.features,
      introspection: { enabled: false },
      userinfo: { enabled: true },
      resourceIndicators: { enabled: false },
    },
  }
}
