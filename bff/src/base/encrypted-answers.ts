/** What a provider may be registered to encrypt for this client: ID tokens, and answers of the authorization endpoint in a JWT. */
export const encryptedAnswers = ['id_token', 'authorization'] as const

export type EncryptedAnswer = (typeof encryptedAnswers)[number]
