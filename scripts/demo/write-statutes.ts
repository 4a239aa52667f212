// node scripts/demo/write-statutes.ts LANGUAGE SEEDS FILE: writes seeds about a statute that does not exist, as JSON Lines.
import { writeFileSync } from 'node:fs'
import { fictitiousStatute } from './statutes.ts'

const [language = 'en', seeds = '20', file = 'statutes.jsonl'] = process.argv.slice(2)
if (language !== 'en' && language !== 'ja') throw new Error('LANGUAGE is en or ja')
const count = Number(seeds)
const facts = fictitiousStatute(Math.ceil(count / 3), 'example', language).slice(0, count)
writeFileSync(file, facts.map((fact) => `${JSON.stringify(fact)}\n`).join(''))
