import { LoadError } from './load-error.ts'

/** Classes of prompts that one load may have: each keeps distributions of its own. */
export const MOST_CLASSES = 50

/**
 * A class beyond {@link MOST_CLASSES}: there are none put together, since each is judged by itself.
 * @param where the option that gave it
 * @param name the class that is one too many
 */
export function tooManyClasses(where: string, name: string): LoadError {
  return new LoadError(
    'invalid-option',
    `${where}: got more than ${MOST_CLASSES} classes, '${name.slice(0, 100)}' among them, takes up to ${MOST_CLASSES}`,
    { hint: 'a class stands for many prompts, e.g. short, medium and long: name a column with few different values' },
  )
}
