import type { PlannedColumn, RowPlan } from './row-plan.ts'
import { namesOf } from './recipe-names.ts'

/** A source, a column, or the acceptance of rows; `layer` counts from 0 and grows along every edge. */
export interface GraphNode {
  readonly name: string
  readonly role: 'source' | 'column' | 'accept'
  readonly layer: number
  /** In a few words: `llm-text by writer`. */
  readonly detail: string
  readonly dropped: boolean
}

export interface ColumnGraph {
  readonly nodes: readonly GraphNode[]
  /** `to` needs `from`; both are places in `nodes`. */
  readonly edges: readonly { readonly from: number; readonly to: number }[]
}

function detailOf(planned: PlannedColumn): string {
  const { column } = planned
  switch (planned.kind) {
    case 'sampler':
      return `sampler ${planned.column.sampler.kind}`
    case 'record':
      return planned.member === undefined ? column.type : `${column.type} ${planned.member}`
    case 'answer':
      return `${column.type} by ${planned.column.model}`
    case 'embedding':
      return planned.column.model === undefined ? 'embedding' : `embedding by ${planned.column.model}`
    case 'validation':
      return `validation ${planned.column.validators.join(', ')}`
    case 'expression':
      break
  }
  return `expression ${planned.column.dtype}`
}

/** What needs what in a recipe: sources, then columns by stage, then the acceptance. */
export function columnGraph(plan: RowPlan): ColumnGraph {
  const { columns, recipe, acceptWhen, stages } = plan
  const sources = Object.keys(recipe.sources)
  const first = sources.length === 0 ? 0 : 1
  const nodes: GraphNode[] = [
    ...sources.map((name) => ({ name, role: 'source' as const, layer: 0, detail: 'source', dropped: false })),
    ...columns.map((planned) => ({
      name: planned.name,
      role: 'column' as const,
      layer: first + planned.stage,
      detail: detailOf(planned),
      dropped: planned.column.drop,
    })),
  ]
  const accept = nodes.length
  nodes.push({
    name: 'accept',
    role: 'accept',
    layer: first + stages.length,
    detail: `${recipe.accept.target} of at most ${recipe.accept.maxCandidates}`,
    dropped: false,
  })
  const place = (name: string): number => sources.length + columns.findIndex((planned) => planned.name === name)
  const decided =
    acceptWhen === undefined
      ? columns.filter(({ kind }) => kind === 'validation').map(({ name }) => name)
      : namesOf([acceptWhen])
  const edges = [
    ...columns.flatMap((planned, at) => [
      ...(planned.kind === 'record' ? [{ from: sources.indexOf(planned.source), to: sources.length + at }] : []),
      ...planned.needs.map((name) => ({ from: place(name), to: sources.length + at })),
    ]),
    ...decided.map((name) => ({ from: place(name), to: accept })),
  ]
  return { nodes, edges }
}

/** The graph as lines of text: a box for each node, an arrow from what it needs. */
export function graphText({ nodes, edges }: ColumnGraph): string {
  const width = Math.max(...nodes.map(({ name }) => name.length))
  return nodes
    .map((node, at) => {
      const box = `[${node.name}]`.padEnd(width + 2)
      const needs = edges.filter(({ to }) => to === at).map(({ from }) => nodes[from]?.name ?? '')
      const arrow = needs.length === 0 ? '' : `  <- ${needs.join(', ')}`
      return `${node.layer}  ${box}  ${node.detail}${node.dropped ? ', not published' : ''}${arrow}`
    })
    .join('\n')
}

const BOX = { width: 190, height: 46, gapX: 70, gapY: 18, margin: 16 }
const FILLS = { source: '#e8e2f4', column: '#e3effa', accept: '#e2f3e4' }

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const shortened = (text: string, most: number): string =>
  text.length > most
    ? `${Array.from(text)
        .slice(0, most - 1)
        .join('')}…`
    : text

/** The graph as a picture (SVG 1.1, no scripts, no fonts of its own): layers from left to right; dashed boxes are not published. */
export function graphSvg({ nodes, edges }: ColumnGraph): string {
  const layers = new Map<number, number>()
  const places = nodes.map(({ layer }) => {
    const row = layers.get(layer) ?? 0
    layers.set(layer, row + 1)
    return {
      x: BOX.margin + layer * (BOX.width + BOX.gapX),
      y: BOX.margin + row * (BOX.height + BOX.gapY),
    }
  })
  const width = Math.max(...places.map(({ x }) => x)) + BOX.width + BOX.margin
  const height = Math.max(...places.map(({ y }) => y)) + BOX.height + BOX.margin
  const arrows = edges.map(({ from, to }) => {
    const [start, end] = [places[from], places[to]]
    if (start === undefined || end === undefined) return ''
    const [x1, y1, x2, y2] = [start.x + BOX.width, start.y + BOX.height / 2, end.x, end.y + BOX.height / 2]
    const bend = (x1 + x2) / 2
    return `<path d="M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}" fill="none" stroke="#667" marker-end="url(#arrow)"/>`
  })
  const boxes = nodes.map((node, at) => {
    const { x, y } = places[at] ?? { x: 0, y: 0 }
    const dash = node.dropped ? ' stroke-dasharray="4 3"' : ''
    return (
      `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6" fill="${FILLS[node.role]}" stroke="#445"${dash}/>` +
      `<text x="${x + 10}" y="${y + 19}" font-weight="bold">${escaped(shortened(node.name, 24))}</text>` +
      `<text x="${x + 10}" y="${y + 36}" fill="#445">${escaped(shortened(node.detail, 28))}</text>`
    )
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#667"/></marker></defs>',
    ...arrows,
    ...boxes,
    '</svg>',
  ].join('\n')
}
