import { seededRandom } from '../../core/random.ts'
import type { Random } from '../../core/random.ts'

/** One text that can be found. */
export interface CorpusDocument {
  readonly id: number
  readonly title: string
  readonly words: readonly string[]
}

/** Words by subject; a text is mostly about one of them. */
const SUBJECTS: Readonly<Record<string, string>> = {
  health:
    'vaccine doctor clinic fever nurse medicine patient dose hospital virus surgery therapy pulse remedy diagnosis',
  harbour: 'ship anchor captain cargo tide lighthouse sailor deck mast dock ferry barge rope compass current',
  kitchen: 'bread oven flour pepper kettle spoon butter recipe garlic onion sauce dinner knife table salt',
  railway:
    'train station platform ticket signal engine carriage track tunnel bridge whistle driver timetable luggage journey',
  garden: 'seed flower garden hedge orchard meadow blossom root branch gravel fountain bench shadow rain soil',
  weather: 'storm thunder cloud frost breeze winter summer drizzle sunrise fog hail forecast pressure rainbow season',
  music: 'violin trumpet chorus melody rhythm concert piano drum singer orchestra opera guitar string echo silence',
  market:
    'price trader bargain coin ledger merchant auction profit invoice basket stall customer weight discount warehouse',
  school:
    'teacher lesson pencil chalk notebook library exam essay alphabet grammar student classroom holiday reading history',
  mountain:
    'summit glacier valley ridge avalanche boulder trail shelter goat pine cliff waterfall altitude guide lantern',
  machine: 'lever piston wheel spring motor circuit sensor pump valve hammer bolt welding furnace turbine gear',
  city: 'street tower square tram corner window roof chimney mayor council bakery theatre museum stadium alley',
}

/** Made into further words with these endings, so that many terms look alike, as in real text. */
const ENDINGS = ['', 's', 'er', 'ing', 'ed', 'less', 'like', 'ward', 'work', 'side', 'land', 'man']

const DOCUMENTS = 1_500
const WORDS_PER_DOCUMENT = 60
/** Of ten words, those that belong to the subject of the text. */
const ON_SUBJECT = 0.7
/** A fixed seed: every worker and every machine searches the same texts. */
const SEED = 20_261

/** The same texts each time; takes some tens of milliseconds. */
export function buildCorpus(): readonly CorpusDocument[] {
  const random = seededRandom(SEED)
  const subjects = Object.entries(SUBJECTS).map(([name, words]) => ({ name, terms: withEndings(words.split(' ')) }))
  const everything = subjects.flatMap(({ terms }) => terms)
  return Array.from({ length: DOCUMENTS }, (_, id) => {
    const { name, terms } = pick(random, subjects)
    const words = Array.from({ length: WORDS_PER_DOCUMENT }, () =>
      pickSkewed(random, random() < ON_SUBJECT ? terms : everything),
    )
    return { id, title: `${name}: ${words.slice(0, 3).join(' ')}`, words }
  })
}

/** Plain words first, so that a skewed pick takes them most often. */
function withEndings(words: readonly string[]): readonly string[] {
  return ENDINGS.flatMap((ending) => words.map((word) => word + ending))
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T // random() is below 1
}

/** Early items more often than late ones, like the words of a language. */
function pickSkewed<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() ** 2 * items.length)] as T // random() is below 1
}
