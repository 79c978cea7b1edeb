/** What every problem of Strongroom's own begins its `type` with. */
export const problemTypePrefix = 'urn:problem-type:strongroom:'
