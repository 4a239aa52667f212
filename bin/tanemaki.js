#!/usr/bin/env node
import module from 'node:module'

const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  process.stderr.write(`Tanemaki needs Node.js 24 or newer; this is ${process.versions.node}.\n`)
  process.exitCode = 2
} else {
  module.enableCompileCache()
  await import('../dist/tanemaki.js')
}
