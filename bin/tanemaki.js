#!/usr/bin/env node
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  process.stderr.write(`Tanemaki needs Node.js 24 or newer; this is ${process.versions.node}.\n`)
  process.exitCode = 2
} else {
  await import('../dist/tanemaki.js')
}
