/** What a provider may be registered to encrypt for this client: ID tokens, answers of the authorization endpoint in a JWT, and userinfo. */
export const encryptedAnswers = ['id_token', 'authorization', 'userinfo'] as const

export type EncryptedAnswer = (typeof encryptedAnswers)[number]
