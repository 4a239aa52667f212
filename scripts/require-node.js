// Plain JavaScript, so that an old Node can run it and say what is wrong.
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  process.stderr.write(
    `Tanemaki needs Node.js 24 or newer; this is ${process.versions.node}. Try: npx -y -p node@24 -c "npm ci && npm test"\n`,
  )
  process.exitCode = 1
}
