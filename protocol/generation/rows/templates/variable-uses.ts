import type { ExpressionNode, TemplateNode, VariableUse } from './syntax.ts'

function pathOf(node: ExpressionNode): {
  readonly root: ExpressionNode
  readonly path: string[]
  readonly known: boolean
} {
  if (node.kind !== 'member') return { root: node, path: [], known: true }
  const { root, path, known } = pathOf(node.of)
  const { key } = node
  if (!known || key.kind !== 'literal' || typeof key.value !== 'string') return { root, path, known: false }
  return { root, path: [...path, key.value], known: true }
}

function childrenOf(node: ExpressionNode): readonly ExpressionNode[] {
  switch (node.kind) {
    case 'literal':
    case 'name':
      return []
    case 'list':
      return node.items
    case 'member':
      return [node.of, node.key]
    case 'unary':
    case 'test':
      return [node.of]
    case 'binary':
      return [node.left, node.right]
    case 'choice':
      return [node.when, node.value, node.otherwise]
    case 'filter':
      break
  }
  return [node.of, ...node.inputs.filter((each) => each !== undefined)]
}

/** What an expression reads of a record; `bound` are names that a loop gives. */
export function usesOf(node: ExpressionNode, bound: ReadonlySet<string>): VariableUse[] {
  if (node.kind === 'name') return bound.has(node.name) ? [] : [{ name: node.name, path: [], at: node.at }]
  if (node.kind === 'test' && node.name === 'defined')
    // The column has to exist, its members need not.
    return usesOf(node.of, bound).map((use) => ({ ...use, path: [] }))
  if (node.kind !== 'member') return childrenOf(node).flatMap((child) => usesOf(child, bound))
  const { root, path } = pathOf(node)
  const keys: VariableUse[] = []
  for (let each: ExpressionNode = node; each.kind === 'member'; each = each.of) keys.push(...usesOf(each.key, bound))
  if (root.kind !== 'name') return [...usesOf(root, bound), ...keys]
  return bound.has(root.name) ? keys : [{ name: root.name, path, at: root.at }, ...keys]
}

/** What a template reads of a record. */
export function usesOfAll(nodes: readonly TemplateNode[], bound: ReadonlySet<string>): VariableUse[] {
  return nodes.flatMap((node): VariableUse[] => {
    switch (node.kind) {
      case 'text':
        return []
      case 'output':
        return usesOf(node.of, bound)
      case 'if':
        return [
          ...node.branches.flatMap(({ when, body }) => [...usesOf(when, bound), ...usesOfAll(body, bound)]),
          ...usesOfAll(node.otherwise, bound),
        ]
      case 'for':
        break
    }
    return [...usesOf(node.of, bound), ...usesOfAll(node.body, new Set([...node.names, 'loop']))]
  })
}
