/** Trouble that the person at the terminal can mend: what happened, what the program said, and the cure. */
export class Fault extends Error {
  /**
   * @param {string} message
   * @param {{ cure: string, output?: string }} more
   */
  constructor(message, { cure, output = '' }) {
    super(message)
    this.cure = cure
    this.output = output
  }

  report() {
    const said = this.output.trim().split('\n').slice(-25).join('\n')
    return ['', ...(said ? [indent(said), ''] : []), this.message, this.cure, ''].join('\n')
  }
}

/** @param {string} text */
function indent(text) {
  return text.replaceAll(/^/gm, '  ')
}
