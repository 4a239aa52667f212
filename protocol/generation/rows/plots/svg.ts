/** A bar of a chart: its label, its length, and what is written at its end. */
export interface Bar {
  readonly label: string
  readonly value: number
  readonly said: string
}

export interface Chart {
  /** Told to people who cannot see the picture, and shown above it. */
  readonly title: string
  /** What the picture shows, in words. */
  readonly description: string
  readonly language: string
  readonly bars: readonly Bar[]
}

const WIDTH = 720
const MARGIN = 16
const TITLE_HEIGHT = 44
const FONT = 13

/** Colours have a contrast of at least 4.5 to 1 on white and on #121212; the picture itself has no background. */
const STYLE = [
  `text{font:${FONT}px system-ui,sans-serif;fill:#1f2328}`,
  '.title{font-weight:600;font-size:15px}',
  '.bar{fill:#0b62b0}',
  '.axis{stroke:#6e7781}',
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#58a6ff}.axis{stroke:#8b949e}}',
].join('')

/** Bars from left to right under each other, for things with names. */
export function horizontalBars(chart: Chart): string {
  const row = 26
  const labels = Math.min(260, Math.max(60, ...chart.bars.map(({ label }) => widthOf(label) + 12)))
  const said = Math.max(0, ...chart.bars.map((bar) => widthOf(bar.said))) + 8
  const room = WIDTH - 2 * MARGIN - labels - said
  const most = Math.max(1e-12, ...chart.bars.map(({ value }) => value))
  const drawn = chart.bars.map(({ label, value, said: text }, at) => {
    const y = TITLE_HEIGHT + at * row
    const length = round((value / most) * room)
    const x = MARGIN + labels
    return [
      `<text x="${x - 8}" y="${y + 17}" text-anchor="end">${escape(shortened(label, labels - 12))}</text>`,
      `<rect class="bar" x="${x}" y="${y + 4}" width="${length}" height="${row - 8}" rx="2"/>`,
      `<text x="${round(x + length + 6)}" y="${y + 17}">${escape(text)}</text>`,
    ].join('')
  })
  return framed(chart, { height: TITLE_HEIGHT + chart.bars.length * row + MARGIN, body: drawn.join('') })
}

/** Bars beside each other, for steps of a scale; labels that would not fit are left out in turn. */
export function histogram(chart: Chart & { readonly axis: string }): string {
  const plot = 180
  const room = WIDTH - 2 * MARGIN
  const step = room / Math.max(1, chart.bars.length)
  const most = Math.max(1e-12, ...chart.bars.map(({ value }) => value))
  const widest = Math.max(1, ...chart.bars.map(({ label, said }) => Math.max(widthOf(label), widthOf(said)))) + 8
  const every = Math.ceil(widest / step)
  const base = TITLE_HEIGHT + 18 + plot
  const drawn = chart.bars.map(({ label, value, said }, at) => {
    const height = round((value / most) * plot)
    const x = MARGIN + at * step
    const middle = round(x + step / 2)
    const bar = `<rect class="bar" x="${round(x + 1)}" y="${round(base - height)}" width="${round(Math.max(1, step - 2))}" height="${height}"/>`
    if (at % every !== 0) return bar
    const above =
      value === 0
        ? ''
        : `<text x="${middle}" y="${round(base - height - 5)}" text-anchor="middle">${escape(said)}</text>`
    return `${bar}${above}<text x="${middle}" y="${base + 18}" text-anchor="middle">${escape(label)}</text>`
  })
  const line = `<line class="axis" x1="${MARGIN}" y1="${base}" x2="${WIDTH - MARGIN}" y2="${base}"/>`
  const axis = `<text x="${WIDTH / 2}" y="${base + 40}" text-anchor="middle">${escape(chart.axis)}</text>`
  return framed(chart, { height: base + 40 + MARGIN, body: `${drawn.join('')}${line}${axis}` })
}

function framed({ title, description, language }: Chart, { height, body }: { height: number; body: string }): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title description" lang="${language}">`,
    `<title id="title">${escape(title)}</title><desc id="description">${escape(description)}</desc>`,
    `<style>${STYLE}</style>`,
    `<text class="title" x="${MARGIN}" y="28">${escape(title)}</text>`,
    body,
    '</svg>\n',
  ].join('')
}

/** Rough width in pixels: wide letters of East Asia take twice as much. */
function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += (character.codePointAt(0) ?? 0) > 0x2e7f ? FONT : FONT * 0.56
  return width
}

function shortened(text: string, room: number): string {
  if (widthOf(text) <= room) return text
  const characters = Array.from(text)
  while (characters.length > 1 && widthOf(`${characters.join('')}…`) > room) characters.pop()
  return `${characters.join('')}…`
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escape(text: string): string {
  // Control characters are not allowed in XML.
  return text.replaceAll(/[\p{Cc}]/gu, ' ').replaceAll(/[&<>"]/g, (character) => ESCAPES[character] ?? '')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
