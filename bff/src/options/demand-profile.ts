import { InvalidOptions } from './invalid-options.ts'

/** Of a BFF what the question takes. */
interface Asked {
  unmetProfile(): Promise<readonly string[]>
  close(): Promise<void>
}

/**
 * A provider that says itself that it can't keep to the profile signs nobody in and renews nothing; one that can't be asked may yet.
 *
 * Throws {@link InvalidOptions} where it says so, once all is closed.
 */
export async function demandProfile({ close, unmetProfile }: Asked): Promise<void> {
  const unmet = await unmetProfile()
  if (unmet.length === 0) return
  await close()
  const cure = 'Switch it on there for this client, or leave the profile out.'
  const text = `can’t be kept with this provider. ${[...unmet, cure].join(' ')}`
  throw new InvalidOptions([{ option: 'provider.profile', text }])
}
