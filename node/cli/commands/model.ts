import type { Command } from 'commander'
import * as z from 'zod'
import { EndpointAbilities, EndpointSummary } from '../../../schemas/models.ts'
import { type CliContext, exitCodes } from '../command.ts'

const Endpoints = z.object({ endpoints: z.array(EndpointSummary) })

/** `model list` and `model check`: the language models that the node may ask. */
export function addModelCommands(program: Command, cli: CliContext): void {
  const model = program.command('model').description('language models that this node may ask')
  model
    .command('list')
    .description('list the endpoints of endpoints.json in the data folder')
    .action(async () => {
      const { endpoints } = await cli.api().get('/models', Endpoints)
      cli.output.result(endpoints, (print) =>
        print.table(['endpoint', 'address', 'server', 'price'], endpoints.map(row)),
      )
    })
  model
    .command('check')
    .description('ask an endpoint a few small questions and show what it can do; nothing of the node is in them')
    .argument('<endpoint>', 'name of the endpoint')
    .argument('[model]', 'name of the model; default: the first that the endpoint lists')
    .action(async (name: string, asked: string | undefined) => {
      const body = asked === undefined ? {} : { model: asked }
      cli.output.progress(`asking ${name} …`)
      const abilities = await cli.api().post(`/models/${encodeURIComponent(name)}/check`, body, EndpointAbilities)
      const usable = abilities.problem === undefined
      cli.output.result({ endpoint: name, usable, ...abilities }, (print) => {
        print.fields(abilityFields(abilities))
        if (!usable) print.line(`${print.paint('red', 'the model gave no answer')}: it ${abilities.problem ?? ''}`)
      })
      process.exitCode = usable ? exitCodes.done : exitCodes.negative
    })
}

function row({ name, origin, server, loopback, price }: EndpointSummary): string[] {
  const money =
    price === undefined ? '-' : `${price.input} in, ${price.output} out, ${price.currency} per million tokens`
  return [name, loopback ? `${origin} (this machine)` : origin, server, money]
}

function abilityFields(abilities: EndpointAbilities): [string, string][] {
  const said = (value: boolean | 'unknown') => (value === 'unknown' ? value : value ? 'yes' : 'no')
  return [
    ['reachable', said(abilities.reachable)],
    ['model', abilities.model ?? '-'],
    ['models', abilities.models.join(', ') || '-'],
    ['keeps JSON Schemas', abilities.structuredOutput === 'native' ? 'yes' : abilities.structuredOutput],
    ['same seed, same answer', said(abilities.seed)],
    ['log-probabilities', said(abilities.logprobs)],
    ['embeddings', said(abilities.embeddings)],
    ['context', abilities.context === 'unknown' ? abilities.context : `${abilities.context} tokens`],
  ]
}
