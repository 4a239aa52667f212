/** One import rule: files that match `from` may (allow) or may not (forbid) import what matches the pattern. */
export interface ImportRule {
  readonly name: string
  readonly from: RegExp
  /** Files that `from` matches but the rule does not mean. */
  readonly except?: RegExp
  /** Everything else is a violation. Packages are written `npm:name`, built-ins `node:name`. */
  readonly allow?: (from: string) => RegExp
  readonly forbid?: RegExp
}

const slices = 'generation|evaluation|datasets|catalog|negotiation|transfer|governance|identity|ledger'
const test = /\.test\.ts$|^test\//
const outside = /\.test\.ts$|^(test|scripts)\//
const sliceOf = (file: string) => /^node\/([^/]+)\//.exec(file)?.[1] ?? ''

/** The sentences of docs/architecture.md about who may import whom, as rules on resolved paths. */
export const importRules: readonly ImportRule[] = [
  { name: 'schemas import zod only', from: /^schemas\//, except: test, allow: () => /^schemas\/|^npm:zod$/ },
  {
    name: 'protocol imports schemas, noble and jose only',
    from: /^protocol\//,
    except: test,
    allow: () => /^(protocol|schemas)\/|^npm:(@noble\/(hashes|curves)|jose|zod)$/,
  },
  {
    name: 'ports and telemetry know no slice',
    from: /^node\/(ports|telemetry)\//,
    except: test,
    allow: () => /^(schemas|protocol)\/|^node\/(ports|telemetry)\/|^npm:(jose|zod)$/,
  },
  {
    name: 'config knows settings and refusals only',
    from: /^node\/config\//,
    except: test,
    allow: () => /^(schemas|protocol)\/|^node\/config\/|^node:(fs|path)$/,
  },
  {
    name: 'slices import schemas, protocol, ports, telemetry and another slice through its operations',
    from: new RegExp(`^node/(${slices})/`),
    except: test,
    allow: (from) =>
      new RegExp(
        `^(schemas|protocol)/|^node/(ports|telemetry|dsp|http|ui)/|^node/${sliceOf(from)}/|^node/(${slices})/operations\\.ts$|^npm:(zod|hono|@hono/node-server)$`,
      ),
  },
  {
    name: 'only routes and pages use http and ui',
    from: new RegExp(`^node/(${slices})/`),
    except: /routes\.ts$|\/pages\.ts$|\.test\.ts$/,
    forbid: /^node\/(http|ui)\/|^node\/dsp\/(process-routes|read-message|status)\.ts$|^npm:(hono|@hono\/node-server)$/,
  },
  {
    name: 'the Dataspace Protocol knows who calls, and no other slice',
    from: /^node\/dsp\//,
    except: test,
    allow: () =>
      /^(schemas|protocol)\/|^node\/(ports|telemetry|http|dsp)\/|^node\/identity\/operations\.ts$|^npm:(zod|hono)$/,
  },
  {
    name: 'adapters import ports, stores, schemas and drivers',
    from: /^node\/adapters\//,
    except: test,
    allow: () =>
      new RegExp(
        `^(schemas|protocol)/|^node/(ports|telemetry|adapters)/|^node/(${slices})/([a-z]+-)?store\\.ts$|^npm:|^node:`,
      ),
  },
  {
    name: 'drivers in adapters only',
    from: /^(schemas|protocol|node)\//,
    except: /^node\/adapters\/|\.test\.ts$/,
    forbid:
      /^npm:(drizzle-orm|better-sqlite3|pino|hyparquet|hyparquet-writer|hyparquet-compressors|csv-parse|aws4fetch)$/,
  },
  {
    name: 'adapters are chosen in the composition root only',
    from: /^(schemas|protocol|node)\//,
    except: /^node\/adapters\/|^node\/(create-node|init-node)\.ts$|^node\/composition\/|\.test\.ts$/,
    forbid: /^node\/adapters\//,
  },
  {
    name: 'only main and the CLI create nodes',
    from: /^(schemas|protocol|node)\//,
    except: /^node\/(main\.ts|cli\/)|\.test\.ts$/,
    forbid: /^node\/(create-node|init-node|main)\.ts$/,
  },
  { name: 'nothing imports test or scripts', from: /./, except: outside, forbid: /^(test|scripts)\// },
  {
    name: 'the demo drives the CLI alone',
    from: /^scripts\/demo\//,
    except: test,
    forbid: /^(node|protocol|schemas)\//,
  },
]
