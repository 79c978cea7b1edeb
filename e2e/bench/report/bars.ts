/** Bars to be drawn, the shorter the better. */
export interface Bars {
  readonly title: string
  readonly unit: string
  readonly items: readonly Bar[]
}

export interface Bar {
  readonly name: string
  readonly median: number
  readonly min: number
  readonly max: number
}

const width = 760
const labelWidth = 190
const valueWidth = 90
const rowHeight = 30
const barHeight = 16
const top = 44

/** An SVG that reads on light and dark pages alike: it has no ground of its own and takes the reader's preference. */
export function barsSvg({ items, title, unit }: Bars): string {
  const height = top + items.length * rowHeight + 12
  const longest = Math.max(...items.map(({ max }) => max))
  const scale = (width - labelWidth - valueWidth) / longest
  const rows = items.map((bar, row) => drawn(bar, top + row * rowHeight, scale, unit))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 15px }
.bar { fill: #8c959f }
.ours { fill: #0969da }
.range { stroke: #1f2328; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.bar { fill: #6e7681 }
.ours { fill: #4493f8 }
.range { stroke: #e6edf3 }
}
</style>
<text class="title" x="0" y="20">${escaped(title)}</text>
${rows.join('\n')}
</svg>
`
}

function drawn({ max, median, min, name }: Bar, y: number, scale: number, unit: string): string {
  const middle = y + rowHeight / 2
  const at = (value: number) => (labelWidth + value * scale).toFixed(1)
  const ours = name.startsWith('strongroom') ? ' ours' : ''
  return [
    `<text x="${labelWidth - 10}" y="${middle + 4}" text-anchor="end">${escaped(name)}</text>`,
    `<rect class="bar${ours}" x="${labelWidth}" y="${middle - barHeight / 2}" width="${(median * scale).toFixed(1)}" height="${barHeight}" rx="2"/>`,
    `<line class="range" x1="${at(min)}" y1="${middle}" x2="${at(max)}" y2="${middle}"/>`,
    `<text x="${Number(at(Math.max(max, median))) + 8}" y="${middle + 4}">${rounded(median)} ${escaped(unit)}</text>`,
  ].join('\n')
}

function rounded(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(1)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
