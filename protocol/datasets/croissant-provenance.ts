import type { CroissantInput } from './croissant-input.ts'

type Json = Record<string, unknown>

/** PROV-O: who made the dataset, by which activity, from what. Names digests and commitments only. */
export function provenanceOf({ creator, provenance, source, supersedes }: CroissantInput): Json {
  const inputs = (provenance.inputs ?? []).map((input) => entity(`urn:tanemaki:manifest:v1:${input.manifestId}`))
  const seeds =
    provenance.seedCommitment === undefined
      ? []
      : [entity(`urn:tanemaki:seed-commitment:v1:${provenance.seedCommitment}`)]
  const derived = [...seeds, ...inputs]
  return {
    'prov:wasAttributedTo': { '@type': 'prov:Agent', '@id': creator.did },
    ...(source.kind === 'run' ? { 'prov:wasGeneratedBy': generation(provenance) } : {}),
    ...(derived.length === 0 ? {} : { 'prov:wasDerivedFrom': derived }),
    ...(supersedes === undefined ? {} : { 'prov:wasRevisionOf': entity(`urn:tanemaki:manifest:v1:${supersedes}`) }),
  }
}

function generation(provenance: CroissantInput['provenance']): Json {
  const { generator, recipe } = provenance
  return {
    '@type': 'prov:Activity',
    ...(recipe === undefined ? {} : { 'prov:used': entity(`urn:tanemaki:recipe:v1:${recipe.sha256}`) }),
    ...(generator === undefined
      ? {}
      : {
          'prov:wasAssociatedWith': { '@type': 'prov:SoftwareAgent', name: generator.name, version: generator.version },
        }),
  }
}

function entity(id: string): Json {
  return { '@type': 'prov:Entity', '@id': id }
}

const SUBJECT = {
  persons: 'Declared subject: persons.',
  organisation: 'Declared subject: an organisation, no persons.',
  public: 'Declared subject: public facts, no persons.',
} as const

/** Responsible AI 1.0: only what the record says; what a person noted comes first. */
export function responsibleAi(input: CroissantInput): Json {
  const { notes, provenance, source, evaluation, subject } = input
  const made = source.kind === 'run' ? madeByRun(provenance) : 'Imported from a file by the provider.'
  const gates = `Evaluated before publication under rulebook ${evaluation.rulebookVersion}: every required gate passed. The public report has the SHA-256 ${evaluation.publicReport.sha256}.`
  return {
    'rai:dataCollection': joined(notes.dataCollection, made),
    'rai:dataCollectionType': source.kind === 'run' ? 'Software generation' : 'Others',
    'rai:personalSensitiveInformation': `${SUBJECT[subject]} ${gates}`,
    'rai:dataReleaseMaintenancePlan':
      'A change of the data is a new version with its own manifest; a withdrawal is a signed statement in the log of the provider.',
    ...(notes.dataUseCases === undefined ? {} : { 'rai:dataUseCases': notes.dataUseCases }),
    ...(notes.dataLimitations === undefined ? {} : { 'rai:dataLimitations': notes.dataLimitations }),
    ...(notes.dataBiases === undefined ? {} : { 'rai:dataBiases': notes.dataBiases }),
  }
}

function madeByRun({ generator, privacy }: CroissantInput['provenance']): string {
  const by = generator === undefined ? '' : ` by ${generator.name} ${generator.version}`
  const claim =
    privacy === undefined
      ? ''
      : ` with ${privacy.definition} (epsilon ${privacy.epsilon}, delta ${privacy.delta}, unit: ${privacy.unit})`
  return `Synthetic: generated${by} from seeds that did not leave the node of the provider${claim}.`
}

function joined(note: string | undefined, fact: string): string {
  return note === undefined ? fact : `${note} ${fact}`
}
