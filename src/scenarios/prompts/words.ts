import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LoadError } from '../../domain/load-error.ts'
import type { Random } from '../../domain/random.ts'

/** Scripts with words of their own. */
export const SCRIPTS = ['latin', 'chinese', 'japanese', 'korean', 'cyrillic', 'arabic', 'devanagari'] as const
export type Script = (typeof SCRIPTS)[number]

const LATIN =
  'time year people way day man thing woman life child world school state family student group country problem hand part place case week company system program question work government number night point home water room mother area money story fact month lot right study book eye job word business issue side kind head house service friend father power hour game line end member law car city community name president team minute idea body information back parent face others level office door health person art war history party result change morning reason research girl guy moment air teacher force education'

/** Common words of each script; those of scripts without spaces are set side by side. */
const WORDS: Readonly<Record<Script, { readonly spaced: boolean; readonly list: string }>> = {
  latin: { spaced: true, list: LATIN },
  chinese: {
    spaced: false,
    list: '我们 时间 问题 工作 学生 中国 世界 生活 国家 社会 发展 经济 文化 历史 老师 朋友 城市 公司 学校 今天 明天 昨天 可以 需要 知道 觉得 希望 开始 已经 因为 所以 但是 如果 虽然 音乐 电影 天气 春天 夏天 秋天 冬天 水果 米饭 火车 飞机 电脑 手机 语言 模型 数据 ，',
  },
  japanese: {
    spaced: false,
    list: '時間 問題 仕事 学生 世界 生活 国 社会 文化 歴史 先生 友達 町 会社 学校 今日 明日 昨日 必要 天気 春 夏 秋 冬 電車 音楽 映画 言葉 です ます から けれど そして ここ それ とても 、',
  },
  korean: {
    spaced: true,
    list: '시간 문제 일 학생 세계 생활 나라 사회 문화 역사 선생님 친구 도시 회사 학교 오늘 내일 어제 필요 날씨 봄 여름 가을 겨울 기차 음악 영화 언어 그리고 그래서 하지만 매우',
  },
  cyrillic: {
    spaced: true,
    list: 'время год человек день жизнь мир школа страна семья группа вопрос работа место неделя система ночь дом вода город книга слово друг отец мать дело рука сила час игра улица окно дорога утро вечер',
  },
  arabic: {
    spaced: true,
    list: 'وقت سنة رجل يوم حياة عالم مدرسة دولة عائلة سؤال عمل مكان أسبوع نظام ليل بيت ماء مدينة كتاب كلمة صديق أب أم يد قوة ساعة طريق صباح مساء شمس قمر بحر',
  },
  devanagari: {
    spaced: true,
    list: 'समय वर्ष लोग दिन जीवन दुनिया विद्यालय देश परिवार प्रश्न काम स्थान सप्ताह रात घर पानी शहर किताब शब्द मित्र पिता माता हाथ शक्ति घंटा खेल सड़क सुबह शाम सूरज चाँद नदी',
  },
}

/** Pieces of text in an order of their own; put together they are the text. */
export interface WordSource {
  /** An endless sequence that follows from the random numbers alone. */
  from(random: Random): () => string
  /** Short pieces that are tried where a few tokens are missing. */
  readonly fillers: readonly string[]
}

/** Words of a script, drawn evenly. */
export function scriptWords(script: Script): WordSource {
  const { spaced, list } = WORDS[script]
  const words = list.split(' ').map((word) => (spaced ? ` ${word}` : word))
  return { from: (random) => () => words[Math.floor(random() * words.length)]!, fillers: words }
}

/** Most characters of a corpus that are used. */
const LONGEST_CORPUS = 2_000_000

/**
 * A text of the user's: pieces follow each other as they stand in it, from a drawn place on, and around its end.
 * @throws LoadError `invalid-option`
 */
export async function corpusWords(where: string, source: string | URL): Promise<WordSource> {
  const path = String(source).startsWith('file:') ? fileURLToPath(source) : resolve(String(source))
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new LoadError('invalid-option', `${where}: option corpus: ${(cause as Error).message}`, { cause })
  })
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' })
  const pieces = Array.from(segmenter.segment(text.slice(0, LONGEST_CORPUS).trim()), ({ segment }) => segment)
  const fillers = [...new Set(pieces)].filter((piece) => /\p{L}/u.test(piece)).slice(0, 100)
  if (fillers.length < 10) {
    throw new LoadError(
      'invalid-option',
      `${where}: option corpus: ${path}: got ${fillers.length} words, takes a text of 10 different words or more`,
    )
  }
  const from = (random: Random): (() => string) => {
    let at = Math.floor(random() * pieces.length)
    return () => pieces[at++ % pieces.length]!
  }
  return { from, fillers: fillers.flatMap((word) => [` ${word}`, word]) }
}

/** Words that salt is made of: Latin ones, whatever the script, since every tokenizer knows some of them whole. */
export const SALT_WORDS: readonly string[] = LATIN.split(' ').map((word) => ` ${word}`)
