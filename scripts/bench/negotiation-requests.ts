import { createGuardedHttpClient } from '../../node/adapters/http-fetch/guarded-http-client.ts'
import type { HttpClient } from '../../node/ports/http-client.ts'
import { createNetwork } from '../../test/network/create-network.ts'
import { joinAll, publish, requestExchange } from '../../test/network/exchange-helpers.ts'

/** HTTP requests per negotiation, sent by both nodes together, once both know each other. */
export interface RequestCounts {
  readonly protocol: number
  /** DID documents, presentations and status lists. */
  readonly identity: number
  readonly receipts: number
}

export async function countedRequests(negotiations: number): Promise<RequestCounts> {
  const urls: string[] = []
  const real = createGuardedHttpClient({ developmentLocalhost: true, privateHosts: [] })
  const http: HttpClient = {
    request: (request) => {
      urls.push(request.url)
      return real.request(request)
    },
  }
  await using network = await createNetwork(['authority', 'provider', 'consumer'], { overrides: { http } })
  await joinAll(network)
  const [provider, consumer] = [network.node('provider'), network.node('consumer')]
  const { id } = await publish(provider, [{}])
  await requestExchange(consumer, provider, { dataset: id })
  await network.settle()
  urls.length = 0
  for (let count = 0; count < negotiations; count += 1) await requestExchange(consumer, provider, { dataset: id })
  await network.settle()
  const share = (part: RegExp) => urls.filter((url) => part.test(url)).length / negotiations
  return {
    protocol: share(/\/dsp\/2025-1\/negotiations/),
    identity: share(/\/dcp\/|did\.json|\/status\//),
    receipts: share(/\/receipts/),
  }
}
