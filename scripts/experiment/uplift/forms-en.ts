import type { Forms } from './forms.ts'

export const english: Forms = {
  heldOut: {
    deadline: [
      'A {thing} went up today: what is the last moment to send word of it?',
      'Someone raised a {thing}. In what span of time does the authority want to hear of it?',
      'How many days may go by between setting up a {thing} and its notification?',
      'For a {thing}, what is the cut-off for informing the authority?',
      'Until when can the owner of a fresh {thing} report it without being late?',
    ],
    threshold: [
      'My {thing} may grow. Where is the line after which I need a document from the authority?',
      'What magnitude triggers the permission requirement for a {thing}?',
      'How much bigger than what must a {thing} be for a certificate to be necessary?',
      'Below what size can a {thing} be set up without asking anybody?',
      'Name the largest {thing} that needs no authorisation in advance.',
    ],
    exception: [
      'Is anybody let off the formalities of a {thing}?',
      'For whom do the rules about a {thing} simply not count?',
      'What sort of {thing} escapes the regulation?',
      'On what ground could I skip the paperwork of a {thing}?',
      'Tell me the carve-out in the article about a {thing}.',
    ],
  },
  twoFacts: [
    {
      kinds: ['deadline', 'threshold'],
      form: 'How many days are there to notify a {thing}, and above which size does it need permission?',
    },
    { kinds: ['deadline', 'exception'], form: 'Within what time must a {thing} be notified, and who need not do so?' },
    {
      kinds: ['threshold', 'exception'],
      form: 'From what size does a {thing} need a licence, and what is exempt from that?',
    },
  ],
  unanswerable: [
    'What fee is charged for a {thing}?',
    'Which colour must a {thing} be painted in?',
    'How many guards must watch a {thing} at night?',
    'Who inherits a {thing} when its owner dies?',
    'What fine is due for damage to a {thing}?',
  ],
  unknownThings: ['Thornwick weir', 'Larkmoor gantry', 'Ashpool jetty', 'Dunmere derrick', 'Fenholt pontoon'],
  abstention: 'The statute does not say.',
  abstentions:
    /^$|does(?: not|n't) say|do(?: not|n't) know|not (?:specified|stated|mentioned|regulated)|no information/iu,
  rewritten: {
    deadline: [
      'By when do I have to report a new {thing}?',
      'How long do I have to give notice after setting up a {thing}?',
      'What is the time limit for notifying a {thing}?',
      'I have just put up a {thing}. How many days are left to tell the office?',
      'What period does the law allow for the notice of a {thing}?',
      'How soon after it is built must a {thing} be declared?',
      'When at the latest does the notice of a {thing} have to arrive?',
      'Is there a deadline for registering a {thing}, and which?',
      'If somebody installs a {thing}, how quickly must that be made known?',
      'Please tell me the notification period of a {thing}.',
      'How much time passes before a {thing} that was not notified is late?',
      'Up to which day may I still announce a {thing} that I set up?',
    ],
    threshold: [
      'From which size on does a {thing} need permission?',
      'How large may a {thing} be without any approval?',
      'What is the size limit of a {thing} that needs no licence?',
      'I plan a big {thing}. At what size must I apply first?',
      'Which dimension makes a {thing} subject to authorisation?',
      'How big can I build a {thing} before I have to ask?',
      'What measure must a {thing} exceed to require consent?',
      'Is there a maximum size for a {thing} without a permit, and which?',
      'Please state the threshold above which a {thing} must be authorised.',
      'When is a {thing} too large to be set up freely?',
      'Up to what extent is a {thing} free of permits?',
      'Beyond which figure does the office have to agree to a {thing}?',
    ],
    exception: [
      'Which {thing} is exempt from these rules?',
      'Who does not have to report a {thing}?',
      'Are there cases in which a {thing} needs no notice?',
      'What is excluded from the duties about a {thing}?',
      'In which situation may I set up a {thing} without telling anyone?',
      'What exemption does the article on the {thing} contain?',
      'For what kind of {thing} do the obligations fall away?',
      'Please name the exception for a {thing}.',
      'When can the notification of a {thing} be left out?',
      'Does the law spare some uses of a {thing}, and which?',
      'Which structures are not covered by the provisions on a {thing}?',
      'What use frees the owner of a {thing} from notifying?',
    ],
  },
  openings: [
    '',
    'Good morning. ',
    'A quick question: ',
    'For my files: ',
    'I am new to this. ',
    'Sorry to trouble you. ',
  ],
  closings: ['', ' Thank you.', ' I need it for a report.', ' My neighbour asked me.', ' It is rather urgent.'],
  answered: {
    deadline: ['Within {key}.', 'The notice must be given within {key}.', 'You have {key}.', 'At most {key}.'],
    threshold: ['Above {key}.', 'Anything over {key} needs it.', 'The limit is {key}.', 'More than {key}.'],
    exception: ['It does not apply to {key}.', 'Exempt are {key}.', 'The duty falls away for {key}.'],
  },
  nameless: 'structure',
  quantity: /\b(\d[\d,]*)[ -]?(days?|square met(?:re|er)s?|met(?:re|er)s?|tonn?es?|lit(?:re|er)s?)\b/giu,
  thingOf: /sets up a (.+?) must notify/u,
  system:
    'You write training examples about a statute. Say only what the article says. Write English, one line, no preamble.',
  labels: { passage: 'Article: ', answer: 'Answer: ', original: 'Original question: ', person: 'Person: ' },
  askQuestion:
    'Article: {{ seed.passage }}\nAnswer: {{ seed.answer }}\nOriginal question: {{ seed.question }}\n' +
    'Task: ask for the same fact in other words. Name what the article is about. Write the question only.',
  askAsPersona:
    'Article: {{ seed.passage }}\nAnswer: {{ seed.answer }}\nOriginal question: {{ seed.question }}\n' +
    'Task: ask for the same fact as the person below would. Name what the article is about. Write the question only.\n' +
    'Person: {{ person.persona }}',
  askAnswer:
    'Article: {{ seed.passage }}\nAnswer: {{ seed.answer }}\nQuestion: {{ question }}\n' +
    'Task: answer the question from the article, in one short sentence, with the number or term word for word.',
}
