import { closest } from '../../../protocol/closest.ts'
import { refuse } from '../../../protocol/refusal.ts'
import type { PersonaImport, PersonaPack } from '../../../schemas/personas.ts'

type Said = Pick<PersonaPack, 'source' | 'licence' | 'attribution' | 'description' | 'textField'>

interface KnownFormat extends Said {
  /** Columns that only files of this kind have. */
  readonly columns: readonly string[]
}

const known: readonly KnownFormat[] = [
  {
    columns: ['professional_persona', 'culinary_persona', 'cultural_background', 'prefecture', 'area'],
    source: 'nvidia/Nemotron-Personas-Japan',
    licence: 'CC BY 4.0',
    attribution: 'Nemotron-Personas-Japan, NVIDIA, CC BY 4.0',
    description: {
      en: 'Synthetic personas of adults in Japan made by NVIDIA from official statistics; occupation is assumed independent of education given prefecture and sex.',
      ja: 'NVIDIAが公的統計から合成した日本の成人のペルソナ。都道府県と性別を所与として、職業は学歴と独立と仮定されている。',
    },
    textField: 'persona',
  },
  {
    columns: ['professional_persona', 'culinary_persona', 'cultural_background'],
    source: 'nvidia/Nemotron-Personas',
    licence: 'CC BY 4.0',
    attribution: 'Nemotron-Personas, NVIDIA, CC BY 4.0',
    description: {
      en: 'Synthetic personas made by NVIDIA from official statistics.',
      ja: 'NVIDIAが公的統計から合成したペルソナ。',
    },
    textField: 'persona',
  },
  {
    columns: ['input persona'],
    source: 'proj-persona/PersonaHub',
    licence: 'CC BY-NC-SA 4.0',
    attribution: 'Persona Hub, Tencent AI Lab (arXiv 2406.20094), CC BY-NC-SA 4.0',
    description: {
      en: 'Personas of Persona Hub with what was synthesised from them. Not for commercial use.',
      ja: 'Persona Hubのペルソナと、そこから合成された文章。商用利用不可。',
    },
    textField: 'input persona',
  },
]

const USUAL_TEXT = ['persona', 'input persona', 'description', 'text']

/** What a pack says about itself: what the person said, else what the format is known for. Refused where neither says it. */
export function saidOf(request: PersonaImport, header: readonly string[]): Said {
  const format = known.find(({ columns }) => columns.every((column) => header.includes(column)))
  const source = request.source ?? format?.source
  const licence = request.licence ?? format?.licence
  if (source === undefined || licence === undefined) {
    return refuse(
      'invalid-request',
      'the file does not say where the personas come from and under which licence',
      'Say it with --source and --licence; every derivation will carry it.',
    )
  }
  return {
    source,
    licence,
    attribution: request.attribution ?? format?.attribution ?? `${source}, ${licence}`,
    description: format?.description ?? { en: `Imported from ${source}.`, ja: `${source}から取り込んだペルソナ。` },
    textField: textFieldOf(request, header),
  }
}

function textFieldOf({ textField }: PersonaImport, header: readonly string[]): string {
  if (textField === undefined) {
    const usual = USUAL_TEXT.find((name) => header.includes(name)) ?? (header.length === 1 ? header[0] : undefined)
    return (
      usual ??
      refuse(
        'invalid-request',
        'no column of the file is known to be the text of the persona',
        'Name it with --text-field.',
      )
    )
  }
  if (header.includes(textField)) return textField
  const near = closest(textField, header)
  const meant = near === undefined ? '' : `; it has "${near}"`
  return refuse('table-invalid', `the file has no column "${textField}"${meant}`, 'Name a column of the header.')
}
